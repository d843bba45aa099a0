import { counter, gauge, type MetricFamily } from './open-metrics.ts';

/** What this process uses, under the names that Prometheus' own clients give it. */
export function processMetrics(): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const { utilization } = performance.eventLoopUtilization();
  const startedAt = Math.round((Date.now() - process.uptime() * 1000) / 1000);
  return [
    { ...counter('process_cpu_seconds', 'Processor time so far.', (user + system) / 1e6), unit: 'seconds' },
    { ...gauge('process_resident_memory_bytes', 'Memory in use.', process.memoryUsage.rss()), unit: 'bytes' },
    { ...gauge('process_start_time_seconds', 'When it started, since the Unix epoch.', startedAt), unit: 'seconds' },
    {
      ...gauge('nodejs_event_loop_busy_ratio', 'Share of its life in which the event loop had work.', utilization),
      unit: 'ratio',
    },
  ];
}
