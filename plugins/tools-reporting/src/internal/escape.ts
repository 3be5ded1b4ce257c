const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for HTML and SVG, in elements and in quoted attributes. Characters that XML forbids become U+FFFD, so that a
 * chart can be cut out and used as a file.
 */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Text as Markdown that shows it unchanged, on one line. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>#|~&!]/g, (character) => `\\${character}`)
    .replace(/^(\s*)([-+=]|\d+[.)])/, '$1\\$2')
    .replace(/^(\s*)\\(\d+)([.)])/, '$1$2\\$3')
    .trim();
}

/** Text in which lone surrogates, which UTF-8 cannot hold, are U+FFFD. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

function printable(text: string): string {
  let result = '';
  for (const character of wellFormed(text)) {
    const code = character.charCodeAt(0);
    const isForbidden =
      (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) || code === 0x7f || code >= 0xfffe;
    result += isForbidden && character.length === 1 ? '\ufffd' : character;
  }
  return result;
}
