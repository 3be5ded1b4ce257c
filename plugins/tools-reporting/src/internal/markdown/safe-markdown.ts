import MarkdownIt, { type Token } from 'markdown-it';
import { escapeMarkdown, wellFormed } from '../escape.js';

const PLAIN = new MarkdownIt({ html: false });
/** Lets raw HTML and any link pass, as the most careless renderer does. */
const PERMISSIVE = Object.assign(new MarkdownIt({ html: true }), { validateLink: () => true });

/**
 * Markdown that holds no raw HTML, no image and no link that runs something, whatever the reader's renderer allows.
 * What is harmless stays as it is; else angle brackets, images and links of odd schemes are escaped outside fenced
 * code; where that does not suffice, every line is.
 */
export function safeMarkdown(text: string): string {
  const given = wellFormed(text).trim();
  if (isHarmless(given)) return given;
  const escaped = outsideFences(given, (line) =>
    line.replaceAll('<', '\\<').replaceAll('![', '!\\[').replaceAll(ODD_LINK, ']\\('),
  );
  if (isHarmless(escaped)) return escaped;
  return given.split('\n').map(escapeMarkdown).join('\n');
}

/** Start of an inline link whose scheme is not plainly one of the web. */
const ODD_LINK = /\]\((?!https?:|mailto:|#|\/|\.)/g;
const UNSAFE_LINK = /^\s*(?!https?:|mailto:|#|\/|\.)[a-z][a-z0-9+.-]*:/i;

/** Reads the text as the most permissive renderer does. */
function isHarmless(text: string): boolean {
  return PERMISSIVE.parse(text, {}).every((block) => {
    return block.type !== 'html_block' && (block.children ?? []).every(isHarmlessInline);
  });
}

function isHarmlessInline(token: Token): boolean {
  if (token.type === 'html_inline' || token.type === 'image') return false;
  return token.type !== 'link_open' || !UNSAFE_LINK.test(String(token.attrGet('href') ?? ''));
}

function outsideFences(text: string, change: (line: string) => string): string {
  const fenced = new Set<number>();
  for (const token of PLAIN.parse(text, {})) {
    if (token.type !== 'fence' || token.map === null) continue;
    for (let line = token.map[0]; line < token.map[1]; line += 1) fenced.add(line);
  }
  return text
    .split('\n')
    .map((line, index) => (fenced.has(index) ? line : change(line)))
    .join('\n');
}
