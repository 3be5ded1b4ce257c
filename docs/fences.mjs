// The programs that pages show. Each is a file, or a region of one, that is compiled and run, and named before it:
// `<!-- from docs/snippets/x.ts -->`, or `<!-- from docs/snippets/x.ts#region -->` for what stands between
// `// #region region` and `// #endregion`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pages.mjs';

const FENCE = /(?:^<!-- from (\S+) -->\n+)?^```(\w*)[^\n]*\n(.*?)^```$/gms;
const PROGRAMS = new Set(['ts', 'tsx', 'typescript', 'js', 'jsx', 'javascript', 'mjs']);

/** What is wrong with the programs of a page. */
export function fenceProblems({ path, text }) {
  return [...text.matchAll(FENCE)].flatMap(([, source, language, code]) => {
    if (!PROGRAMS.has(language)) return [];
    if (source === undefined) return [`${path}: a program without "<!-- from file -->" before it: ${firstLine(code)}`];
    const shown = programOf(source);
    if (shown === undefined) return [`${path}: ${source} does not exist`];
    return shown === code
      ? []
      : [`${path}: the program is not that of ${source}; node docs/check.mjs --write takes it`];
  });
}

/** The page with the programs as their files have them now. */
export function withPrograms(text) {
  return text.replaceAll(FENCE, (whole, source, language, code) => {
    const shown = source === undefined || !PROGRAMS.has(language) ? undefined : programOf(source);
    return shown === undefined ? whole : `${whole.slice(0, whole.length - code.length - 3)}${shown}\`\`\``;
  });
}

/** The text of a file or region; nothing where there is none. */
function programOf(source) {
  const [file, region] = source.split('#');
  if (!existsSync(join(root, file))) return undefined;
  const text = readFileSync(join(root, file), 'utf8');
  if (region === undefined) return text;
  const [, margin = '', lines] = new RegExp(`^( *)// #region ${region}\\n(.*?)^ *// #endregion`, 'ms').exec(text) ?? [];
  return lines?.replaceAll(new RegExp(`^${margin}`, 'gm'), '');
}

const firstLine = (code) => code.split('\n')[0];
