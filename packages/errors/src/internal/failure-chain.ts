import { readProperty } from './read-property.js';

/** How deep causes are followed. */
const MAX_DEPTH = 5;

/** How many failures one chain may hold, whatever its AggregateErrors bring. */
const MAX_LINKS = 32;

/** The failure, its causes up to 5 deep and the errors of AggregateErrors on the way, the outermost first. */
export function failureChain(value: unknown): readonly unknown[] {
  const links: unknown[] = [value];
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const link of level) {
      for (const inner of innerFailures(link)) {
        if (links.length >= MAX_LINKS) return links;
        if (links.includes(inner)) continue;
        links.push(inner);
        next.push(inner);
      }
    }
    level = next;
  }
  return links;
}

function innerFailures(link: unknown): readonly unknown[] {
  const cause = readProperty(link, 'cause');
  const errors = readProperty(link, 'errors');
  const inner = Array.isArray(errors) ? errors.slice(0, MAX_LINKS) : [];
  return cause === undefined || cause === null ? inner : [cause, ...inner];
}
