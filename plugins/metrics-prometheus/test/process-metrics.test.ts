import { expect, it } from 'vitest';
import { startMetrics } from './helpers.js';

it('measures CPU, memory, open handles and the lag of the event loop', async () => {
  await using metrics = await startMetrics();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const text = await metrics.text();
  const positive = [
    'process_cpu_seconds_total',
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_heap_size_total_bytes',
    'nodejs_external_memory_bytes',
    'nodejs_active_resources',
    'process_open_fds',
  ];
  for (const name of positive) expect(metrics.read(text, name), name).toBeGreaterThan(0);
  for (const name of ['p50', 'p90', 'p99', 'max'])
    expect(metrics.read(text, `nodejs_eventloop_lag_${name}_seconds`), name).toBeGreaterThanOrEqual(0);
  expect(metrics.read(text, 'nodejs_eventloop_utilization_ratio')).toBeLessThanOrEqual(1);
});

it('tells of a blocked event loop in the scrape that comes next', async () => {
  await using metrics = await startMetrics();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const until = performance.now() + 200;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const text = await metrics.text();
  expect(metrics.read(text, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.1);
  expect(metrics.read(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
});

it('counts CPU time upwards', async () => {
  await using metrics = await startMetrics();
  const before = (await metrics.value('process_cpu_seconds_total')) ?? 0;
  const until = performance.now() + 100;
  while (performance.now() < until);
  expect(await metrics.value('process_cpu_seconds_total')).toBeGreaterThan(before);
});
