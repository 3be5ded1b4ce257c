import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay, performance, type EventLoopUtilization, type IntervalHistogram } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';
import { LabelValues } from './label-values.js';

/** Kinds of open resources that are told apart. */
const MOST_KINDS = 50;
const RESOLUTION_MS = 10;
const PERCENTILES = [50, 90, 99] as const;

/**
 * CPU, memory, open handles and event loop of the process, under the names that are usual for Node processes. Nothing is
 * measured between scrapes but the delay of the event loop, which Node samples itself.
 */
export class ProcessMetrics {
  readonly #registry: Registry;
  readonly #kinds = new LabelValues(MOST_KINDS);
  #delay: IntervalHistogram | undefined;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#addCpu();
    this.#addMemory();
    this.#addHandles();
    this.#addEventLoop();
  }

  /** Begins to sample the delay of the event loop. */
  start(): void {
    this.#loop = performance.eventLoopUtilization();
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
  }

  /** Ends it. */
  stop(): void {
    this.#delay?.disable();
    this.#delay = undefined;
  }

  #addCpu(): void {
    const cpu = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process, user and system, in seconds.',
      registers: [this.#registry],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
    cpu.inc(0);
    this.#gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', (gauge) =>
      gauge.set(performance.timeOrigin / 1_000),
    );
  }

  #addMemory(): void {
    this.#gauge('process_resident_memory_bytes', 'Memory of the process, in bytes.', (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    );
    this.#gauge('nodejs_heap_size_used_bytes', 'Heap of V8 that is in use, in bytes.', (gauge) =>
      gauge.set(process.memoryUsage().heapUsed),
    );
    this.#gauge('nodejs_heap_size_total_bytes', 'Heap of V8, in bytes.', (gauge) =>
      gauge.set(process.memoryUsage().heapTotal),
    );
    this.#gauge('nodejs_external_memory_bytes', 'Memory that V8 keeps outside its heap, in bytes.', (gauge) =>
      gauge.set(process.memoryUsage().external),
    );
  }

  #addHandles(): void {
    const kinds = this.#kinds;
    const resources = new Gauge({
      name: 'nodejs_active_resources',
      help: 'What keeps the event loop alive, by kind: sockets, servers, timers, requests.',
      labelNames: ['type'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const type of process.getActiveResourcesInfo()) this.inc({ type: kinds.of(type) });
      },
    });
    resources.reset();
    this.#gauge('process_open_fds', 'Open file descriptors; only where the system tells (Linux).', async (gauge) => {
      try {
        gauge.set((await readdir('/proc/self/fd')).length - 1); // without the one that lists them
      } catch {
        gauge.remove();
      }
    });
  }

  #addEventLoop(): void {
    this.#gauge(
      'nodejs_eventloop_utilization_ratio',
      'Share of time the event loop was busy since the last scrape.',
      (gauge) => {
        const now = performance.eventLoopUtilization();
        gauge.set(performance.eventLoopUtilization(now, this.#loop).utilization);
        this.#loop = now;
      },
    );
    // Registered first, so that it measures before the others are read.
    this.#gauge(
      'nodejs_eventloop_lag_max_seconds',
      'The latest a timer fired since the last scrape, in seconds.',
      (gauge) => {
        const delay = this.#delay;
        if (delay === undefined || delay.count === 0) return;
        for (const lag of lags) lag.gauge.set(lateness(delay.percentile(lag.percentile)));
        gauge.set(lateness(delay.max));
        delay.reset();
      },
    );
    const lags = PERCENTILES.map((percentile) => ({
      percentile,
      gauge: new Gauge({
        name: `nodejs_eventloop_lag_p${percentile}_seconds`,
        help: `How late timers fire, since the last scrape: percentile ${percentile}, in seconds.`,
        registers: [this.#registry],
      }),
    }));
  }

  #gauge(name: string, help: string, measure: (gauge: Gauge) => void | Promise<void>): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect: () => measure(gauge) });
  }
}

/** Nanoseconds between two samples, less the interval at which they are taken. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1_000);
}
