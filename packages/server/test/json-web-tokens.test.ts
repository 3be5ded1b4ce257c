import { startJsonServer } from '@master-orchestrator/testing';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { expect, it } from 'vitest';
import { startServer, type TestServer } from './support/start-server.js';

const ISSUER = 'https://issuer.example/';
const AUDIENCE = 'master-orchestrator';

interface Issuer extends AsyncDisposable {
  readonly jwksUrl: string;
  token(
    payload?: JWTPayload,
    change?: (jwt: SignJWT) => SignJWT,
    by?: { key?: CryptoKey; kid?: string },
  ): Promise<string>;
}

/** An issuer with its public keys on loopback. */
async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const server = await startJsonServer(() => [200, { keys: [jwk] }]);
  return {
    jwksUrl: `${server.url}/jwks.json`,
    token: (payload = {}, change = (jwt) => jwt, { key = privateKey, kid = 'one' } = {}) =>
      change(
        new SignJWT({ sub: 'ada', scope: 'openid read', ...payload })
          .setProtectedHeader({ alg: 'RS256', kid })
          .setIssuer(ISSUER)
          .setAudience(AUDIENCE)
          .setIssuedAt()
          .setExpirationTime('5m'),
      ).sign(key),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const start = (jwksUrl: string): Promise<TestServer> =>
  startServer({
    config: { server: { auth: { enabled: true, jwt: { jwksUrl, issuer: ISSUER, audience: AUDIENCE } } } },
  });

const get = async (test: TestServer, key: string, path = '/api/v1/agents'): Promise<number> =>
  (await test.call('GET', path, { key })).status;

it('takes tokens of the issuer, with the strongest scope they name', async () => {
  await using issuer = await startIssuer();
  await using test = await start(issuer.jwksUrl);
  expect(await get(test, await issuer.token())).toBe(200);
  expect(await get(test, await issuer.token(), '/api/v1/config')).toBe(403);
  for (const claims of [
    { scope: 'read admin' },
    { scope: 'mao:admin' },
    { scp: ['operate', 'admin'] },
    { roles: ['admin'] },
  ]) {
    expect(await get(test, await issuer.token(claims), '/api/v1/config')).toBe(200);
  }
  expect(await get(test, await issuer.token({ scope: 'openid profile' }))).toBe(403);
});

it('refuses tokens that are forged, expired, early, for somebody else, or of nobody', async () => {
  await using issuer = await startIssuer();
  await using test = await start(issuer.jwksUrl);
  const stranger = await generateKeyPair('RS256');
  const good = await issuer.token();
  const tokens = {
    forged: await issuer.token({}, undefined, { key: stranger.privateKey }),
    'of another issuer': await issuer.token({}, (jwt) => jwt.setIssuer('https://other.example/')),
    'for somebody else': await issuer.token({}, (jwt) => jwt.setAudience('other')),
    expired: await issuer.token({}, (jwt) => jwt.setExpirationTime(Math.floor(Date.now() / 1_000) - 60)),
    early: await issuer.token({}, (jwt) => jwt.setNotBefore('5m')),
    'with an unknown key': await issuer.token({}, undefined, { kid: 'two' }),
    'with an empty subject': await issuer.token({ sub: '' }),
    'with a number for a subject': await issuer.token({ sub: 5 } as never),
    'with another body': good.replace(
      /\.[^.]+\./,
      `.${Buffer.from('{"sub":"eve","scope":"admin"}').toString('base64url')}.`,
    ),
    'without signature': good.replace(/[^.]+$/, ''),
  };
  for (const [name, token] of Object.entries(tokens)) expect(await get(test, token), name).toBe(401);
});

it('never takes a symmetric signature made with the public key', async () => {
  await using issuer = await startIssuer();
  await using test = await start(issuer.jwksUrl);
  const text = await new SignJWT({ sub: 'eve', scope: 'admin' })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode('x'.repeat(64)));
  expect(await get(test, text)).toBe(401);
});

it('says so when the keys of the issuer cannot be read, and names no address but its origin', async () => {
  await using broken = await startJsonServer(() => [500, { secret: 'inside' }]);
  await using issuer = await startIssuer();
  await using test = await start(`${broken.url}/private/path/jwks.json`);
  const answer = await test.call('GET', '/api/v1/agents', { key: await issuer.token() });
  expect(answer.status).toBe(502);
  expect(answer.body).toMatchObject({ error: { code: 'CONNECTION_FAILED' } });
  expect(answer.text).not.toMatch(/private|inside/);
});

it('writes the subject down as the one who decided', async () => {
  await using issuer = await startIssuer();
  await using test = await start(issuer.jwksUrl);
  const key = await issuer.token({ scope: 'admin' });
  const made = await test.call('POST', '/api/v1/keys', { key, body: { name: 'k', scope: 'read' } });
  expect(made.body).toMatchObject({ createdBy: 'jwt:ada' });
});
