import { expect } from 'vitest';
import { DOCUMENTS } from '../../src/documents/documents.js';

/** Checks a document against the published schema of its name: nothing missing, nothing that the schema does not know. */
export function expectDocument(name: string, document: unknown): void {
  const schema = DOCUMENTS[name];
  expect(schema, `a schema named ${name}`).toBeDefined();
  const parsed = schema?.safeParse(document);
  expect(parsed?.error, `${name} fits its schema`).toBeUndefined();
  expect(parsed?.data, `${name} holds only what its schema says`).toEqual(document);
}
