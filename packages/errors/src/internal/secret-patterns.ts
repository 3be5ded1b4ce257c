/** What stands where a secret was. */
export const MASK = '[redacted]';

// One of these quick looks matches wherever one of the patterns below can match, so that the usual clean text costs a
// few scans and no copy. They are anchored at rare characters and look back from there, which is what makes them quick.
const NAME_BEFORE_VALUE =
  /[=:](?<=(?:key|word|wd|phrase|secret|token|ization|cookie|credentials?|string|sig)["'\\]{0,8}\s{0,4}[=:])/i;
const KEY_PREFIX = /[-_](?<=(?:[sr]k|gh[a-z]|pat|xox[a-z]|xapp|npm|hf|xai)[-_])/;
const SCHEME_OR_KEY = /[Bb]earer\s|BEARER\s|[Bb]asic\s|A[KS]IA|AIza|eyJ/;

/** Shorter texts hold nothing worth masking. */
const SHORTEST = 8;

function isSuspicious(text: string): boolean {
  if (text.length < SHORTEST) return false;
  return (
    NAME_BEFORE_VALUE.test(text) ||
    KEY_PREFIX.test(text) ||
    SCHEME_OR_KEY.test(text) ||
    text.includes('://') ||
    text.includes('PRIVATE KEY')
  );
}

/** Forms of keys by their prefix, as the services publish them. */
const KEY =
  /(?<![A-Za-z0-9])(?:[sr]k[-_][A-Za-z0-9_*-]{8,}|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|A[KS]IA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|eyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)/g;

/** RFC 6750: the token after the scheme name. */
const BEARER = /\b((?:[Bb]earer|BEARER)\s+)[A-Za-z0-9._~+/=*-]{8,}/g;

/** RFC 7617: base64 after the scheme name; a plain word ("basic authentication") is none. */
const BASIC = /\b([Bb]asic\s+)(?=[A-Za-z+/]?[a-z+/]*[A-Z0-9=])[A-Za-z0-9+/=]{8,}/g;

/** RFC 3986 userinfo: `scheme://user:password@host`. */
const USERINFO = /(:\/\/)[^\s/?#@"'<>]{1,512}@/g;

const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g;

/** A header that may hold several secrets: the rest of its line. */
const HEADER = /\b((?:set-)?cookie|(?:proxy-)?authorization)(\s?:\s?)[^\r\n"'\\]+/gi;

const NAMES = [
  'api[-_ ]?key',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret(?:[-_]?(?:access[-_]?)?key)?',
  '(?:access|refresh|auth|id|session|security|csrf|bearer)[-_]?token',
  'token',
  '(?:private|signing)[-_]?key',
  '(?:proxy-)?authorization',
  'cookie',
  'credentials?',
  'connection[-_]?string',
].join('|');

/** `"password": "…"` in JSON text, in a Python dump, and in JSON within JSON. */
const DOUBLE_QUOTED = new RegExp(`("[\\w-]{0,40}?(?:${NAMES})"\\s{0,4}:\\s*")(?:[^"\\\\]|\\\\.)+`, 'gi');
const SINGLE_QUOTED = new RegExp(`('[\\w-]{0,40}?(?:${NAMES})'\\s{0,4}:\\s*')[^']+`, 'gi');
const ESCAPED = new RegExp(`(\\\\{1,7}"[\\w-]{0,40}?(?:${NAMES})\\\\{1,7}"\\s{0,4}:\\s*\\\\{1,7}")[^"\\\\]+`, 'gi');

/** `api_key=…` in addresses, forms and command lines; `x-api-key: …` in headers. */
const ASSIGNMENT = new RegExp(
  `((?<![A-Za-z0-9])(?:${NAMES}|sig)\\s?[=:]\\s?)(?!\\s|["'\\\\]|(?:bearer|basic)\\b)[^\\s&"'<>,;\\\\)\\]}]{4,}\\]?`,
  'gi',
);

/** Masks everything that looks like a secret by its form. Returns the same string where nothing does. */
export function maskPatterns(text: string): string {
  if (!isSuspicious(text)) return text;
  return text
    .replace(PEM, MASK)
    .replace(KEY, MASK)
    .replace(HEADER, `$1$2${MASK}`)
    .replace(BEARER, `$1${MASK}`)
    .replace(BASIC, `$1${MASK}`)
    .replace(USERINFO, `$1${MASK}@`)
    .replace(DOUBLE_QUOTED, `$1${MASK}`)
    .replace(SINGLE_QUOTED, `$1${MASK}`)
    .replace(ESCAPED, `$1${MASK}`)
    .replace(ASSIGNMENT, `$1${MASK}`);
}

/**
 * Masks what is a secret by its own form alone: keys with a known prefix, bearer and basic credentials, userinfo in
 * addresses, private keys. Returns the same string where there is none.
 */
export function maskKeyForms(text: string): string {
  if (text.length < SHORTEST) return text;
  if (!KEY_PREFIX.test(text) && !SCHEME_OR_KEY.test(text) && !text.includes('://') && !text.includes('PRIVATE KEY')) {
    return text;
  }
  return text
    .replace(PEM, MASK)
    .replace(KEY, MASK)
    .replace(BEARER, `$1${MASK}`)
    .replace(BASIC, `$1${MASK}`)
    .replace(USERINFO, `$1${MASK}@`);
}

const SECRET_FIELDS = new Set([
  'token',
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'credential',
  'credentials',
  'pwd',
  'passwd',
  'passphrase',
  'sig',
  'secrets',
]);

const SECRET_ENDINGS =
  /(?:apikey|password|secret|secretkey|secretaccesskey|accesskey|privatekey|signingkey|accesstoken|refreshtoken|authtoken|idtoken|sessiontoken|securitytoken|csrftoken|bearertoken|connectionstring)$/;

/** True for a field whose value is a secret whatever it looks like. Case, `-`, `_` and spaces do not matter. */
export function isSecretField(name: string): boolean {
  if (name.length > 100) return false;
  const plain = name.toLowerCase().replace(/[-_\s.]/g, '');
  return SECRET_FIELDS.has(plain) || SECRET_ENDINGS.test(plain);
}
