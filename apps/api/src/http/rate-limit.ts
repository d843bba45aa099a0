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

  /** Null while the key has something left; takes nothing. */
  refusal(key: string): RateDecision | null {
    const bucket = this.#buckets.get(key);
    return bucket === undefined || this.#refilled(bucket) >= 1 ? null : this.#decide(bucket, false);
  }

  /** Takes one from the key's bucket. */
  take(key: string): RateDecision {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#policy.quota, at: this.#now() };
    bucket.tokens = this.#refilled(bucket);
    bucket.at = this.#now();
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    this.#forget();
    return this.#decide(bucket, allowed);
  }

  #refilled(bucket: Bucket): number {
    const { quota, windowSeconds } = this.#policy;
    return Math.min(quota, bucket.tokens + ((this.#now() - bucket.at) / 1000) * (quota / windowSeconds));
  }

  #decide(bucket: Bucket, allowed: boolean): RateDecision {
    const { quota, windowSeconds, name } = this.#policy;
    const tokens = this.#refilled(bucket);
    const headers = {
      'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
      ratelimit: `"${name}";r=${Math.max(0, Math.floor(tokens))};t=${Math.ceil(((quota - tokens) * windowSeconds) / quota)}`,
    };
    if (allowed) return { allowed, headers };
    const untilOne = Math.max(1, Math.ceil(((1 - tokens) * windowSeconds) / quota));
    return { allowed, headers: { ...headers, 'retry-after': String(untilOne) } };
  }

  /** Oldest first: a map keeps the order in which keys were last used. */
  #forget(): void {
    if (this.#buckets.size <= mostBuckets) return;
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
