import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

describe('a command line that cannot be understood', () => {
  it.each([
    [['rn'], /Unknown command 'rn'\. Did you mean run\?/],
    [['tasks', 'shwo'], /Unknown command "tasks shwo"\. Did you mean "mao tasks show"\?/],
    [['tasks', 'xyzzy'], /Known: list, show, cancel, retry\./],
    [['run', '--agnet', 'x', 'hi'], /Unknown option '--agnet'\. Did you mean --agent\? See "mao run --help"\./],
    [['serve', '--prot', '1'], /Did you mean --port\?/],
    [['tasks', 'show'], /Missing required argument 'id'\. See "mao tasks show --help"\./],
    [['serve', '--port', 'abc'], /Give a whole number from 0 on\./],
    [['run', '--budget-usd', '-1', 'x'], /Give a number from 0 on\./],
    [['init', '--template', 'foo'], /Allowed choices are assistant, team, program, service\./],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish, pwsh\./],
    [['config', 'check', '--profile', 'prod'], /Allowed choices are development, testing, staging, production\./],
    [['run', '--priority', '10', 'x'], /0 to 9/],
    [['run', '--set', 'server.port', 'x'], /--set takes path=value/],
    [['run', '--detach', '--memory', 'x'], /--detach needs a store/],
    [['run', '--resume', 'last', 'words'], /leave the words out/],
    [['run', '-C', 'nowhere', 'x'], /--cwd takes a folder that is there, and "nowhere" is none\./],
    [['serve', '--port', '1', '--auto-port'], /not both/],
    [['config', 'show', 'sever'], /Did you mean "server"\?/],
    [['tools', 'calculate_metric'], /Did you mean "calculate_metrics"\?/],
    [['templates', 'data-analist'], /Did you mean "data-analyst"\?/],
    [['run', '--template', 'data-analist', 'x'], /Did you mean "data-analyst"\?/],
    [['run', '--agent', 'nobody', 'x'], /There is no agent "nobody"/],
    [['run', '--agent', 'data-analyst', 'x'], /--template data-analyst/],
    [['run', '--agent', 'a', '--team', 'b', 'x'], /one of --agent, --template and --team/],
    [['run', '--param', 'a=1', 'x'], /--param belongs to --template or --team/],
    [['run', '--template', 'data-analyst', '--param', 'x', 'y'], /--param takes name=value/],
    [['run', '--file', 'nope.txt', 'x'], /The file "nope\.txt" does not exist/],
    [['tasks', 'show', 'last'], /nothing has been run here yet/],
    [['approvals', 'answer', 'x'], /--approve, --approve-for-run or --deny/],
    [['approvals', 'answer', 'x', '--approve', '--deny'], /once/],
    [['approvals', 'answer', 'x', '--approve'], /Nothing named "x" waits/],
    [['plugins', 'check', '@master-orchestrator/tools-data', '--settings', '[]'], /--settings takes a JSON object/],
    [['plugins', 'check', '@master-orchestrator/tools-data', '--baseline', 'no.json'], /--baseline takes a JSON file/],
  ])('%j is refused in at most four lines on stderr', async (argv, message) => {
    const { code, stdout, stderr } = await mao(argv, { cwd: folderWith() });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is one JSON document on stdout with --json, wherever the flag stands', async () => {
    for (const argv of [
      ['--json', 'rn'],
      ['rn', '--json'],
      ['run', '--agnet', '--json'],
    ]) {
      const ran = await mao(argv, { cwd: folderWith() });
      expect(ran).toMatchObject({ code: 2, stderr: '' });
      expectDocument('error', ran.json());
      expect(ran.json()).toMatchObject({ error: { code: 'USAGE_INVALID' } });
    }
  });
});

describe('without a terminal', () => {
  it.each([
    [['run'], /mao run "…"/],
    [['achieve'], /mao achieve "…"/],
    [['achieve', '--ask', 'Analyze the dataset [1]'], /--yes/],
  ])('%j asks nothing and names what answers the question', async (argv, message) => {
    const { code, stderr } = await mao(argv, { cwd: folderWith() });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('asks nothing about which of several agents is meant', async () => {
    const agent = 'instructions: You answer questions about numbers, briefly.\n';
    const cwd = folderWith({ 'agents/one/agent.yaml': agent, 'agents/two/agent.yaml': agent });
    const { code, stderr } = await mao(['run', 'hi'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('--agent one, --agent two');
  });
});

describe('an old Node.js', () => {
  it('is refused with the version to install, by all but the doctor and the help', async () => {
    const cwd = folderWith();
    const refused = await mao(['tasks', 'list'], { cwd, nodeVersion: 'v20.20.2' });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('mao needs Node.js 22.13 or newer, and this is v20.20.2.');
    expect((await mao(['tasks', '--help'], { cwd, nodeVersion: 'v20.20.2' })).code).toBe(0);
    const doctor = await mao(['doctor', '--offline'], { cwd, nodeVersion: 'v20.20.2' });
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('Node.js v20.20.2 is too old.');
  });
});
