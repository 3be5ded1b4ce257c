import { defineTool } from '@master-orchestrator/contracts';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { refusedOrigin, startJsonServer, testToolContext } from '../src/index.js';

describe('the user context of testToolContext', () => {
  it('is what the tool declares', async () => {
    const tool = defineTool({
      name: 'who',
      description: 'Tells who asks.',
      inputSchema: z.object({}),
      userContextSchema: z.object({ userId: z.string() }),
      execute: async (_input, { userContext }) => userContext.userId,
    });
    using context = testToolContext({ userContext: { userId: 'u1' } });
    expect(await tool.execute({}, context)).toBe('u1');
    // @ts-expect-error without it there is nothing of that type
    await expect(tool.execute({}, testToolContext())).rejects.toThrow(TypeError);
  });
});

describe('the files of testToolContext', () => {
  it('writes, reads and lists below a root', async () => {
    using context = testToolContext();
    const files = context.files.within('reports', { create: true });
    expect(await files.write('a/b.txt', 'hello', { createFolders: true })).toEqual({ path: 'a/b.txt', bytes: 5 });
    expect(Buffer.from(await files.read('a/b.txt')).toString()).toBe('hello');
    expect(await files.list('a')).toMatchObject([{ name: 'b.txt', type: 'file', size: 5 }]);
    expect(await files.stat('nothing')).toBeUndefined();
  });

  it.each(['../x', '/etc/passwd', 'a/../../x', 'a\0b'])('refuses the path %j', async (path) => {
    using context = testToolContext();
    await expect(context.files.within('.').read(path)).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
  });

  it('refuses a link that leads out', async () => {
    using context = testToolContext();
    symlinkSync('/etc', join(context.folder, 'out'));
    await expect(context.files.within('.').read('out/hostname')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
  });

  it('refuses a root outside its folder', () => {
    using context = testToolContext();
    expect(() => context.files.within('/etc')).toThrow('leads out');
  });

  it('refuses a file that is larger than asked', async () => {
    using context = testToolContext();
    const files = context.files.within('.');
    await files.write('big', 'x'.repeat(100));
    await expect(files.read('big', { maxBytes: 10 })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('tells a missing file by FILE_INVALID', async () => {
    using context = testToolContext();
    await expect(context.files.within('.').read('none')).rejects.toMatchObject({ code: 'FILE_INVALID' });
  });

  it('leaves no folder behind', () => {
    const context = testToolContext();
    const { folder } = context;
    context.dispose();
    expect(existsSync(folder)).toBe(false);
  });

  it('watches the end of the process once, however many folders come and go', () => {
    const countListeners = (): number => process.listenerCount('exit');
    using first = testToolContext();
    expect(first.folder).not.toBe('');
    const before = countListeners();
    first.dispose();
    for (let n = 0; n < 5; n += 1) {
      using next = testToolContext();
      expect(next.folder).not.toBe('');
    }
    expect(countListeners()).toBe(before);
  });
});

describe('the fetch of testToolContext', () => {
  it('reaches a loopback server', async () => {
    await using server = await startJsonServer(() => [200, { ok: true }]);
    const response = await testToolContext().fetch(new URL('x?y=1', server.url));
    expect(await response.json()).toEqual({ ok: true });
    expect(server.requests[0]?.query.get('y')).toBe('1');
  });

  it('reaches nothing else', async () => {
    await expect(testToolContext().fetch('https://example.com/')).rejects.toMatchObject({ code: 'SSRF_BLOCKED' });
  });

  it('follows a redirect to loopback, and none that leaves it', async () => {
    await using server = await startJsonServer(({ path }) =>
      path === '/out'
        ? [302, '', { location: 'https://example.com/' }]
        : path === '/in'
          ? [302, '', { location: '/end' }]
          : [200, 1],
    );
    const { fetch } = testToolContext();
    expect(await (await fetch(`${server.origin}/in`)).json()).toBe(1);
    await expect(fetch(`${server.origin}/out`)).rejects.toMatchObject({ code: 'SSRF_BLOCKED' });
  });

  it('keeps the bounds of the policy', async () => {
    await using server = await startJsonServer(({ path }) =>
      path === '/loop' ? [302, '', { location: '/loop' }] : [200, 'x'.repeat(100)],
    );
    const { fetch } = testToolContext();
    await expect(fetch(server.url, { policy: { maxBytes: 10 } })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    await expect(fetch(server.url, { policy: { allowedHosts: ['other'] } })).rejects.toMatchObject({
      code: 'TOOL_FORBIDDEN',
    });
    await expect(fetch(`${server.origin}/loop`)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('is refused where nothing listens', async () => {
    await expect(testToolContext().fetch(await refusedOrigin())).rejects.toThrow('fetch failed');
  });
});

describe('testToolContext', () => {
  it('keeps progress and log lines', () => {
    const context = testToolContext();
    context.progress({ done: 1 });
    context.logger.warn({ a: 1 }, 'careful');
    context.logger.info('fine');
    expect(context.updates).toEqual([{ done: 1 }]);
    expect(context.logs).toEqual([
      { level: 'warn', fields: { a: 1 }, message: 'careful' },
      { level: 'info', fields: {}, message: 'fine' },
    ]);
  });

  it('aborts its signal, and heeds the one it was given', () => {
    const context = testToolContext();
    context.abort();
    expect(context.signal.aborted).toBe(true);
    expect(testToolContext({ signal: AbortSignal.abort() }).signal.aborted).toBe(true);
  });

  it('takes overrides', () => {
    expect(testToolContext({ env: { A: '1' }, taskId: 'task_mine' })).toMatchObject({
      env: { A: '1' },
      taskId: 'task_mine',
    });
  });
});

describe('startJsonServer', () => {
  it('answers a handler that throws with 500 and its message', async () => {
    await using server = await startJsonServer(() => {
      throw new Error('broken handler');
    });
    const response = await fetch(server.url, { method: 'POST', body: '{"a":1}' });
    expect([response.status, await response.json()]).toEqual([500, { error: 'broken handler' }]);
    expect(server.requests[0]).toMatchObject({ method: 'POST', body: { a: 1 } });
  });
});
