/** JSON that is already text: DBOS stores it as it is, instead of serializing it again. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** How DBOS stores values: as plain JSON. Its own format wraps them and costs more than the rest of a step. */
export const plainJson = {
  name: () => 'mao_json',
  stringify: (value: unknown): string => (value instanceof RawJson ? value.text : JSON.stringify(value ?? null)),
  parse: (text: string | null | undefined): unknown =>
    typeof text === 'string' ? (JSON.parse(text) as unknown) : null,
};
