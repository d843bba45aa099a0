import {
  counter,
  gauge,
  histogramSamples,
  type MetricFamily,
  processMetrics,
  renderOpenMetrics,
} from '@sconce/foundation';

/** What is counted, in the order in which it is shown. */
const counters = {
  sconce_api_requests: 'Requests that were answered, by endpoint and status.',
  sconce_webhook_deliveries: 'Webhooks that came, by what became of them.',
  sconce_pushed_refs: 'Branches and tags that pushes to the built-in git server changed.',
  sconce_push_sweeps: 'Looks for pushes that were received and not recorded.',
} as const;
export type CounterName = keyof typeof counters;

const bounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

interface Durations {
  readonly counts: number[];
  sum: number;
}

/** Counters of this process, shown in OpenMetrics text. */
export class Metrics {
  readonly #counts = new Map<CounterName, Map<string, Counted>>();
  readonly #gauges = new Map<string, { readonly help: string; readonly read: () => number }>();
  readonly #durations = new Map<string, Durations>();

  /** Labels have to be of a closed set. */
  count(name: CounterName, labels: Readonly<Record<string, string>> = {}): void {
    const family = this.#counts.get(name) ?? new Map<string, Counted>();
    this.#counts.set(name, family);
    const key = JSON.stringify(labels);
    const counted = family.get(key) ?? { labels, value: 0 };
    counted.value += 1;
    family.set(key, counted);
  }

  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.set(name, { help, read });
  }

  /** Labels have to be of a closed set: endpoints' names, not paths. */
  observe(action: string, seconds: number): void {
    const held = this.#durations.get(action) ?? { counts: Array<number>(bounds.length + 1).fill(0), sum: 0 };
    const bucket = bounds.findIndex((bound) => seconds <= bound);
    const index = bucket < 0 ? bounds.length : bucket;
    held.counts[index] = (held.counts[index] ?? 0) + 1;
    held.sum += seconds;
    this.#durations.set(action, held);
  }

  text(): string {
    const counted = (Object.entries(counters) as [CounterName, string][]).map(([name, help]) =>
      counter(name, help, [...(this.#counts.get(name)?.values() ?? [])]),
    );
    const gauges = [...this.#gauges].map(([name, { help, read }]) => gauge(name, help, read()));
    return renderOpenMetrics([...counted, ...gauges, this.#durationFamily(), ...processMetrics()]);
  }

  #durationFamily(): MetricFamily {
    return {
      name: 'sconce_api_request_duration_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'From a request to the end of its answer, by endpoint; without streams.',
      samples: [...this.#durations].flatMap(([action, { counts, sum }]) =>
        histogramSamples(bounds, counts, sum, { action }),
      ),
    };
  }
}
