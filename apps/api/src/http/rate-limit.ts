/** `quota` requests per `windowSeconds`, refilled evenly; all of it may come at once. */
export interface RatePolicy {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

export interface RateDecision {
  readonly allowed: boolean;
  /** Of draft-ietf-httpapi-ratelimit-headers: `RateLimit`, `RateLimit-Policy`, and `Retry-After` when refused. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Bucket {
  tokens: number;
  at: number;
}

const mostBuckets = 50_000;

/** Token buckets in memory, one per key: each API process has its own. */
export class RateLimiter {
  readonly #policy: RatePolicy;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(policy: RatePolicy, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  /** Takes `cost` from the key's bucket; 0 only looks. */
  take(key: string, cost = 1): RateDecision {
    const { quota, windowSeconds, name } = this.#policy;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: quota, at: now };
    bucket.tokens = Math.min(quota, bucket.tokens + ((now - bucket.at) / 1000) * (quota / windowSeconds));
    bucket.at = now;
    const allowed = bucket.tokens >= Math.max(1, cost);
    if (allowed) bucket.tokens -= cost;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    this.#forget();
    const untilFull = Math.ceil(((quota - bucket.tokens) * windowSeconds) / quota);
    const untilOne = Math.max(1, Math.ceil(((1 - bucket.tokens) * windowSeconds) / quota));
    const headers = {
      'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
      ratelimit: `"${name}";r=${Math.max(0, Math.floor(bucket.tokens))};t=${untilFull}`,
    };
    return { allowed, headers: allowed ? headers : { ...headers, 'retry-after': String(untilOne) } };
  }

  /** Oldest first: a map keeps the order in which keys were last used. */
  #forget(): void {
    if (this.#buckets.size <= mostBuckets) return;
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
