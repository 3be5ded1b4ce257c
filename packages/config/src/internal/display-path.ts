const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;
const INDEX = /^\d+$/;

/** Writes a path for people: `server.port`, `plugins["@acme/weather"].baseUrl`, `tools[0]`. */
export function displayPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number' || INDEX.test(key)) text += `[${key}]`;
    else if (PLAIN_KEY.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}
