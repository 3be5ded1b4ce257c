import { escapeHtml } from '../escape.js';

/** Attributes of an element; numbers are rounded to hundredths of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element; `content` is SVG already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeHtml(valueOf(value))}"`);
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** A text element with its text escaped and cut to `longest` characters. */
export function textElement(text: string, attributes: Attributes, longest = 40): string {
  return element('text', attributes, escapeHtml(shorten(text, longest)) || ' ');
}

/** A `title` child: the words a browser shows on pointing. */
export function tooltip(text: string): string {
  return element('title', {}, escapeHtml(text) || ' ');
}

/** Text of at most `longest` characters. */
export function shorten(text: string, longest: number): string {
  const characters = Array.from(text);
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : text;
}

function valueOf(value: string | number): string {
  if (typeof value === 'string') return value;
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';
}
