import { createHash } from 'node:crypto';

const LONGEST_SLUG = 60;

/**
 * Name of a report's files without their ending: words of the title and a hash of the content. The same report gets
 * the same name, another one with the same title does not overwrite it.
 */
export function fileNameOf(title: string, content: string): string {
  const slug = title
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_SLUG)
    .replaceAll(/^-|-$/g, '');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  return `${slug === '' ? 'report' : slug}-${hash}`;
}
