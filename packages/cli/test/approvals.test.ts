import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approvalProject, writes } from './helpers/approval-project.js';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { startMaoOnTerminal } from './helpers/spawn-mao.js';

interface Waiting {
  readonly waiting: readonly { readonly id: string; readonly status: string; readonly answer?: object }[];
}

describe('a tool call that a person must approve', () => {
  it('ends the run with exit code 7, what is asked and how to answer; approved, the task goes on', async () => {
    const { cwd, env } = await approvalProject([writes('note.txt', 'hello'), { text: 'Written.' }]);
    const waited = await mao(['run', 'Write a note'], { cwd, env });
    expect(waited.code).toBe(7);
    expect(waited.stdout).toBe('');
    expect(waited.stderr).toContain('Agent "assistant" wants to call write_file');
    expect(waited.stderr).toContain('{"path":"note.txt","content":"hello"}');
    const answer = /^Answer it: mao (approvals answer \S+ --approve)/m.exec(waited.stderr)?.[1] ?? '';
    const resume = /^Then go on: mao (run --resume \S+)$/m.exec(waited.stderr)?.[1] ?? '';
    expect(existsSync(join(cwd, 'out/note.txt'))).toBe(false);

    const listed = await mao(['approvals'], { cwd, env });
    expect(listed.stdout).toContain('arguments  {"path":"note.txt","content":"hello"}');
    const answered = await mao(answer.split(' '), { cwd, env });
    expect(answered).toMatchObject({ code: 0, stdout: expect.stringMatching(/approved$/m) });
    const resumed = await mao(resume.split(' '), { cwd, env });
    expect(resumed).toMatchObject({ code: 0, stdout: 'Written.\n' });
    expect(readFileSync(join(cwd, 'out/note.txt'), 'utf8')).toBe('hello');
  });

  it('is refused with a reason that the agent is told', async () => {
    const { cwd, env, server } = await approvalProject([writes('note.txt', 'hello'), { text: 'Then not.' }]);
    const waited = await mao(['run', '--json', 'Write a note'], { cwd, env });
    expect(waited.code).toBe(7);
    expectDocument('run', waited.json());
    const denied = await mao(
      ['approvals', 'answer', 'last', '--deny', '--reason', 'not on a Friday', '--by', 'ada', '--json'],
      { cwd, env },
    );
    expectDocument('approvals-answer', denied.json());
    expect(denied.json()).toMatchObject({
      status: 'denied',
      answer: { decision: 'deny', by: 'ada', note: 'not on a Friday' },
    });
    expect(await mao(['run', '--resume', 'last'], { cwd, env })).toMatchObject({ code: 0, stdout: 'Then not.\n' });
    expect(server.requests.at(-1)?.rawBody).toContain('not on a Friday');
    expect(existsSync(join(cwd, 'out/note.txt'))).toBe(false);

    const history = await mao(['approvals', 'list', '--all', '--json'], { cwd, env });
    expectDocument('approvals-list', history.json());
    expect((history.json() as unknown as Waiting).waiting).toMatchObject([{ status: 'denied', answer: { by: 'ada' } }]);
    expect((await mao(['approvals', 'list', '--json'], { cwd, env })).json()).toEqual({ waiting: [] });
    const again = await mao(
      ['approvals', 'answer', (history.json() as unknown as Waiting).waiting[0]?.id ?? '', '--approve'],
      { cwd, env },
    );
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('denied');
  });

  it('is approved beforehand with --yes, and said so', async () => {
    const { cwd, env } = await approvalProject([writes('note.txt', 'hello'), { text: 'Written.' }]);
    const { code, stderr } = await mao(['run', '--yes', 'Write a note'], { cwd, env });
    expect(code).toBe(0);
    expect(stderr).toContain('approved by --yes: write_file {"path":"note.txt","content":"hello"}');
    expect(existsSync(join(cwd, 'out/note.txt'))).toBe(true);
  });

  it('cancels a task that nothing keeps, and says what would help', async () => {
    const { cwd, env } = await approvalProject([writes('note.txt', 'hello')]);
    const ran = await mao(['run', '--memory', '--json', 'Write a note'], { cwd, env });
    expect(ran.code).toBe(7);
    expectDocument('run', ran.json());
    expect(ran.json()).toMatchObject({ status: 'cancelled' });
  });

  it('is asked about at a terminal, and goes on there', async () => {
    const { cwd, env } = await approvalProject([writes('note.txt', 'hello'), { text: 'Written.' }]);
    const started = startMaoOnTerminal(['run', 'Write a note'], { cwd, env });
    await started.until(/Approve this call/);
    started.child.stdin.write('\r');
    const { code, stdout } = await started.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('Written.');
    expect(existsSync(join(cwd, 'out/note.txt'))).toBe(true);
  });
});

describe('mao approvals', () => {
  it('says that nothing waits', async () => {
    const cwd = folderWith();
    expect(await mao(['approvals'], { cwd })).toMatchObject({ code: 0, stderr: 'Nothing waits for a person.\n' });
    expect((await mao(['approvals', 'answer', 'last', '--approve'], { cwd })).code).toBe(2);
  });

  it('has nothing to show where the engine keeps nothing, and says which setting to change', async () => {
    const { code, stderr } = await mao(['approvals'], {
      cwd: folderWith({ 'mao.config.yaml': 'engine: { address: "memory:" }\n' }),
    });
    expect(code).toBe(3);
    expect(stderr).toContain('engine.address');
  });
});
