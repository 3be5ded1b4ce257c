// #region options
import { startOpenAIServer } from '@master-orchestrator/testing';

await using server = await startOpenAIServer({
  apiKey: 'sk-test', // another key gets 401
  script: (request, index) => ({ text: `Answer ${index} to ${request.api}`, usage: { inputTokens: 12 } }),
});
server.enqueue({ refusal: 'I would rather not.' }); // goes before the function
server.outage(true); // from now on 503 for everybody, and nothing of the script is used up
server.outage(false);
// #endregion
const ask = async (key: string): Promise<string> => {
  const answer = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  const body = (await answer.json()) as { choices?: { message: { content: string; refusal?: string } }[] };
  const message = body.choices?.[0]?.message;
  return `${answer.status} ${message?.refusal ?? message?.content ?? ''}`;
};
console.log(await ask('another'), '|', await ask('sk-test'), '|', await ask('sk-test'));
