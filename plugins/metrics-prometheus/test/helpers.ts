import {
  NO_USAGE,
  silentLogger,
  type EventData,
  type EventType,
  type ModelUsage,
  type OrchestratorEvent,
} from '@master-orchestrator/contracts';
import { NEVER, Subscription } from 'rxjs';
import { prometheusMetricsPlugin, type PrometheusMetricsPluginOptions } from '../src/index.js';

/** Labels of a sample, by name. */
export type Labels = Readonly<Record<string, string>>;

/** A plugin that was set up, and the hand that feeds it. */
export interface FedMetrics extends AsyncDisposable {
  emit<Type extends EventType>(type: Type, data: EventData[Type], about?: Partial<OrchestratorEvent>): void;
  /** What a scrape gives. */ text(): Promise<string>;
  /** One sample of a scrape; `undefined` where there is none. */
  read(text: string, name: string, labels?: Labels): number | undefined;
  /** The same of a scrape made now. */ value(name: string, labels?: Labels): Promise<number | undefined>;
  usage(part?: Partial<ModelUsage>): ModelUsage;
}

/** Sets the plugin up with an event stream that a test feeds by hand. */
export async function startMetrics(options: PrometheusMetricsPluginOptions = {}): Promise<FedMetrics> {
  const plugin = prometheusMetricsPlugin(options);
  const listeners = new Set<(event: OrchestratorEvent) => void>();
  await plugin.setup?.({
    logger: silentLogger,
    events$: NEVER,
    signal: new AbortController().signal,
    listen: (_name, handle) => {
      listeners.add(handle);
      return new Subscription(() => listeners.delete(handle));
    },
  });
  const [metrics] = plugin.contributes.metrics ?? [];
  if (metrics === undefined) throw new Error('The plugin contributes no metrics.');
  let seq = 0;
  const text = async (): Promise<string> => metrics.render();
  return {
    emit(type, data, about = {}) {
      seq += 1;
      const event = { seq, at: 1_000 * seq, type, taskId: 'task_1', agentId: 'agent_1', ...about, data };
      for (const handle of listeners) handle(event as never);
    },
    text,
    read: readSample,
    value: async (name, labels) => readSample(await text(), name, labels),
    usage: (part = {}) => ({ ...NO_USAGE, ...part }),
    [Symbol.asyncDispose]: async () => plugin.dispose?.(),
  };
}

/** One sample of an exposition text; every given label must fit. */
export function readSample(text: string, name: string, labels: Labels = {}): number | undefined {
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found?.[1] !== name) continue;
    const own = Object.fromEntries(
      [...(found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    if (Object.entries(labels).every(([key, value]) => own[key] === value)) return Number(found[3]);
  }
  return undefined;
}

/** Every value that a label takes in a text. */
export function labelValues(text: string, label: string): string[] {
  const found = [...text.matchAll(new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`, 'g'))];
  return [...new Set(found.map(([, value = '']) => value))];
}
