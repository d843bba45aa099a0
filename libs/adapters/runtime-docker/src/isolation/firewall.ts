import type { Log, run } from '@sconce/foundation';
import { bridgePrefix } from '../names.ts';

/**
 * Rules of the host that keep replicas away from the host itself (its database, its API, its engine, whatever listens) and
 * from the cloud's metadata. Docker separates networks from each other, but not from the machine they are on.
 */
export interface Firewall {
  /** Looks, and sets what is missing. Never throws: what could not be set is in `warning()`, and once in the log. */
  ensure(): Promise<void>;
  /** Resolves once the rules were looked at for the first time; costs nothing afterwards. */
  ready(): Promise<void>;
  warning(): string | null;
}

export type RunCommand = typeof run;

interface Chain {
  readonly command: 'iptables' | 'ip6tables';
  readonly name: string;
  /** Chains it is entered from; the first that exists. Docker makes DOCKER-USER and leaves what is in it alone. */
  readonly from: readonly string[];
  readonly rules: readonly string[];
}

const wellKnown = {
  /** Link-local: metadata of most clouds; 168.63.129.16 is Azure's, 100.100.100.200 Alibaba's. */
  metadata: ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32'],
};

/** In the words of `iptables -S`, so that what stands can be compared with what should. */
export function makeFirewallChains(): readonly Chain[] {
  const answers = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';
  // Some clouds answer names at the same addresses; names are no secret.
  const names = ['udp', 'tcp'].flatMap((protocol) =>
    wellKnown.metadata.map((range) => `-d ${range} -p ${protocol} -m ${protocol} --dport 53 -j RETURN`),
  );
  return [
    // The gateway and the probes connect from the host: their answers come back in here.
    { command: 'iptables', name: 'SCONCE-HOST', from: ['INPUT'], rules: [answers, '-j DROP'] },
    {
      command: 'iptables',
      name: 'SCONCE-FORWARD',
      from: ['DOCKER-USER', 'FORWARD'],
      rules: [...names, ...wellKnown.metadata.map((range) => `-d ${range} -j DROP`), '-j RETURN'],
    },
    { command: 'ip6tables', name: 'SCONCE-HOST', from: ['INPUT'], rules: ['-j DROP'] },
    { command: 'ip6tables', name: 'SCONCE-FORWARD', from: ['FORWARD'], rules: ['-j DROP'] },
  ];
}

export interface FirewallPlace {
  /** Why rules of this machine would not hold for the engine's containers; null when they do. */
  readonly notHere: string | null;
}

export function createFirewall(run: RunCommand, log: Log, place: () => Promise<FirewallPlace>): Firewall {
  let warning: string | null = null;
  let running: Promise<void> | null = null;
  let first: Promise<void> | null = null;

  async function ensureAll(): Promise<void> {
    const { notHere } = await place();
    const failures: string[] = notHere === null ? [] : [notHere];
    if (notHere === null) {
      for (const chain of makeFirewallChains()) {
        const failure = await ensureChain(run, chain).catch((error: Error) => error.message);
        // Bridges have no IPv6 addresses: rules for it are a second lock where the machine knows IPv6 at all.
        if (failure !== null && chain.command === 'iptables') failures.push(failure);
      }
    }
    const next = failures[0] === undefined ? null : toWarning(failures[0]);
    if (next !== null && next !== warning) log.warn({ failures }, next);
    warning = next;
  }

  async function ensureLogged(): Promise<void> {
    try {
      await ensureAll();
    } catch (error) {
      log.warn({ err: error }, 'the firewall rules for replicas could not be checked');
    }
    running = null;
  }

  function ensure(): Promise<void> {
    running ??= ensureLogged();
    first ??= running;
    return running;
  }

  return { ensure, ready: () => first ?? ensure(), warning: () => warning };
}

function toWarning(why: string): string {
  const short = why.replaceAll(/\s+/g, ' ').slice(0, 300);
  return `Replicas can reach this machine's own ports, because firewall rules could not be set (${short}). Run Sconce as root with iptables installed, or block traffic from the interfaces ${bridgePrefix}* to this machine yourself.`;
}

const timeoutMs = 10_000;

/** Null when the rules stand. */
async function ensureChain(run: RunCommand, chain: Chain): Promise<string | null> {
  const tables = async (...args: string[]) =>
    run(chain.command, ['-w', '5', ...args], { env: {}, timeoutMs, okCodes: [0, 1, 2, 3, 4] });
  const standing = await tables('-S', chain.name);
  const wanted = chain.rules.map((rule) => `-A ${chain.name} ${rule}`);
  const isWhole = standing.code === 0 && sameLines(standing.stdout.toString(), [`-N ${chain.name}`, ...wanted]);
  if (!isWhole) {
    if (standing.code !== 0) {
      const made = await tables('-N', chain.name);
      if (made.code !== 0 && !/already exists/i.test(made.stderr)) return made.stderr;
    }
    const failure = await refill(tables, chain);
    if (failure !== null) return failure;
  }
  return ensureJump(tables, chain);
}

type Tables = (
  ...args: string[]
) => Promise<{ readonly code: number; readonly stdout: Buffer; readonly stderr: string }>;

/** The new rules go in front, then the old ones behind them go: at no moment is the chain open. */
async function refill(tables: Tables, chain: Chain): Promise<string | null> {
  const before = await tables('-S', chain.name);
  const old = before.stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('-A ')).length;
  for (const [index, rule] of chain.rules.entries()) {
    const set = await tables('-I', chain.name, String(index + 1), ...rule.split(' '));
    if (set.code !== 0) return set.stderr;
  }
  for (let count = 0; count < old; count += 1) await tables('-D', chain.name, String(chain.rules.length + 1));
  return null;
}

/** First in its chain: an earlier ACCEPT of the machine's own rules would let replicas through. */
async function ensureJump(tables: Tables, chain: Chain): Promise<string | null> {
  const jump = ['-i', `${bridgePrefix}+`, '-j', chain.name];
  for (const from of chain.from) {
    const list = await tables('-S', from);
    if (list.code !== 0) continue;
    const rules = list.stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('-A '));
    if (rules[0] === `-A ${from} ${jump.join(' ')}`) return null;
    const set = await tables('-I', from, '1', ...jump);
    if (set.code !== 0) return set.stderr;
    // The one that stood further down, if any, is now the second of its kind.
    const further = rules.indexOf(`-A ${from} ${jump.join(' ')}`);
    if (further >= 0) await tables('-D', from, String(further + 2));
    return null;
  }
  return `${chain.command} has no chain ${chain.from.join(' or ')}`;
}

function sameLines(text: string, lines: readonly string[]): boolean {
  const found = text.split('\n').filter((line) => line !== '');
  return found.length === lines.length && found.every((line, index) => line === lines[index]);
}
