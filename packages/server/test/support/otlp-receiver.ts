import { startJsonServer } from '@master-orchestrator/testing';

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: number;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[];
}

interface OtlpBody {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

/** A receiver of OTLP over HTTP on loopback. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly endpoint: string;
  /** Everything that was received, as it came. */ text(): string;
  /** Every span, by start. */ spans(): OtlpSpan[];
  /** Names of the spans, sorted, each under its parent and indented by its depth. */ tree(): string[];
}

/** Starts a receiver that takes everything. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const server = await startJsonServer(() => [200, {}]);
  const spans = (): OtlpSpan[] =>
    server.requests
      .flatMap(({ body }) => (body as OtlpBody).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
      .toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
  return {
    endpoint: `${server.origin}/v1/traces`,
    text: () => server.requests.map(({ rawBody }) => rawBody).join('\n'),
    spans,
    tree: () => branch(spans(), undefined, 0),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** One attribute of a span. */
export function attributeOf({ attributes }: OtlpSpan, name: string): string | number | undefined {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value?.stringValue ?? value?.intValue;
}

function branch(spans: readonly OtlpSpan[], parent: string | undefined, depth: number): string[] {
  return spans
    .filter(({ parentSpanId }) => (parentSpanId === '' ? undefined : parentSpanId) === parent)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...branch(spans, span.spanId, depth + 1)]);
}
