import type { IncomingMessage } from 'node:http';
import type { RandomBytes } from '../auth/api-key-text.js';

const GIVEN = /^[A-Za-z0-9._:-]{1,128}$/;

/** Takes the id a caller gave where it is harmless, else makes one: `req_` and 16 characters. */
export function requestIds(random: RandomBytes): (request: Pick<IncomingMessage, 'headers'>) => string {
  return ({ headers }) => {
    const given = headers['x-request-id'];
    return typeof given === 'string' && GIVEN.test(given) ? given : newRequestId(random);
  };
}

/** An id of a request that has none. */
export function newRequestId(random: RandomBytes): string {
  return `req_${random(12).toString('base64url')}`;
}
