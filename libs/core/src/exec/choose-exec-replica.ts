/** As far as it decides where a command is run. */
export interface ExecCandidate {
  readonly id: string;
  readonly name: string;
  readonly health: string;
  /** It gets requests. */
  readonly routed: boolean;
  readonly createdAt: Date;
}

const order = ['ready', 'unready', 'starting'];

/**
 * By its name or id; null: there is none. Without a name the one that serves: of those that run, what gets requests goes before what is ready, and the
 * youngest first.
 */
export function chooseExecReplica<R extends ExecCandidate>(replicas: readonly R[], wanted: string | null): R | null {
  if (wanted !== null) return replicas.find(({ id, name }) => name === wanted || id === wanted) ?? null;
  const rank = ({ health, routed }: R) => (order.indexOf(health) >>> 0) - (routed ? order.length : 0);
  const running = replicas.filter(({ health }) => order.includes(health));
  return [...running].sort((a, b) => rank(a) - rank(b) || b.createdAt.getTime() - a.createdAt.getTime())[0] ?? null;
}
