import { readFile } from 'node:fs/promises';
import type { EnvironmentId } from '@sconce/core';
import type Docker from 'dockerode';
import type { Engine } from '../engine/engine.ts';
import { EngineRefused, isConflict } from '../engine/engine-errors.ts';
import { bridgeName, label, namesNetworkName, networkName } from '../names.ts';

/**
 * `replicas`: where they are probed, served by the gateway, and reach the world outside. `names`: where services of the
 * environment call each other by name; it leads nowhere else.
 */
export type NetworkUse = 'replicas' | 'names';

/** The networks of environments: made when first needed, known afterwards. */
export interface EnvironmentNetworks {
  ensure(environment: EnvironmentId, use: NetworkUse): Promise<void>;
  /** Forgets what is known: a network was found missing, or the engine was away. */
  forget(environment?: EnvironmentId): void;
}

export interface NetworkParts {
  readonly engine: Engine;
  readonly home: string;
  /** What else the engine's machine reaches, as `/proc/net/route`. */
  routes(): Promise<string>;
}

export function createEnvironmentNetworks(parts: NetworkParts): EnvironmentNetworks {
  const known = new Map<string, Promise<void>>();
  return {
    ensure(environment, use) {
      const name = nameOf(environment, use);
      const standing = known.get(name);
      if (standing !== undefined) return standing;
      const made = ensureNetwork(parts, { home: parts.home, environment, use });
      known.set(name, made);
      made.catch(() => known.delete(name));
      return made;
    },
    forget(environment) {
      if (environment === undefined) known.clear();
      else for (const use of ['replicas', 'names'] as const) known.delete(nameOf(environment, use));
    },
  };
}

export interface NetworkWanted {
  readonly home: string;
  readonly environment: EnvironmentId;
  readonly use: NetworkUse;
}

function nameOf(environment: EnvironmentId, use: NetworkUse): string {
  return use === 'replicas' ? networkName(environment) : namesNetworkName(environment);
}

async function ensureNetwork(parts: NetworkParts, wanted: NetworkWanted): Promise<void> {
  const { home, environment, use } = wanted;
  const standing = await parts.engine.listNetworks([`${label.home}=${home}`, `${label.environment}=${environment}`]);
  if (standing.some((network) => network.Name === nameOf(environment, use))) return;
  await createNetwork(parts, wanted);
}

/** Another process was faster: by the network's name, or by the bridge's, which is unique whatever the engine checks. */
function isAlreadyThere(error: unknown): boolean {
  return isConflict(error) || (error instanceof EngineRefused && /same bridge name|already exists/i.test(error.detail));
}

const subnetAttempts = 64;

/**
 * On a subnet of our own choice: the engine's pools hold 31 networks or so, and an engine that finds them used up does not
 * start any more. They are for machines that reach something else at all of our addresses.
 */
async function createNetwork({ engine, routes }: NetworkParts, wanted: NetworkWanted): Promise<void> {
  const bridge = bridgeName(wanted.home, nameOf(wanted.environment, wanted.use));
  const attempts = Array.from({ length: subnetAttempts }, (_, attempt) => chooseSubnet(bridge, attempt));
  const elsewhere = parseRoutes(await routes());
  const free = attempts.filter((subnet) => !elsewhere.some((route) => overlaps(route, subnet)));
  for (const subnet of [...free, null]) {
    try {
      await engine.createNetwork(makeNetwork(wanted, subnet));
      return;
    } catch (error) {
      if (isAlreadyThere(error)) return;
      const isTaken = error instanceof EngineRefused && /overlaps/i.test(error.detail);
      if (!isTaken || subnet === null) throw error;
    }
  }
}

/** One of 4096 networks of 254 addresses in 10.200.0.0 to 10.215.255.0, another for each attempt. */
export function chooseSubnet(seed: string, attempt: number): string {
  const start = Number.parseInt(seed.slice(-6), 16);
  const index = (start + attempt * 61) % 4096;
  return `10.${200 + (index >> 8)}.${index & 255}.0/24`;
}

/** What this machine reaches without its default route (bridges, the office's network, a VPN), as `/proc/net/route`. */
export async function readRoutes(): Promise<string> {
  return readFile('/proc/net/route', 'utf8').catch(() => ''); // Not on Linux: the engine is elsewhere then, too.
}

/** The bridge's own, said aloud because the engine tells it later only when it was told. */
function firstAddress(subnet: string): string {
  return subnet.replace(/0\/24$/, '1');
}

export interface Subnet {
  readonly address: number;
  readonly mask: number;
}

/** Linux' table of routes: destination and mask are little-endian hexadecimal numbers in the second and eighth column. */
export function parseRoutes(table: string): readonly Subnet[] {
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  return rows.flatMap(([, destination = '', , , , , , mask = '']) => {
    const route = { address: littleEndian(destination), mask: littleEndian(mask) };
    return route.mask === 0 || Number.isNaN(route.address + route.mask) ? [] : [route];
  });
}

function littleEndian(hex: string): number {
  return /^[0-9A-F]{8}$/i.test(hex) ? Buffer.from(hex, 'hex').readUInt32LE() : Number.NaN;
}

/** `subnet` is written as `10.200.1.0/24`. */
export function overlaps(route: Subnet, subnet: string): boolean {
  const [address = '', bits = '32'] = subnet.split('/');
  const start = address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
  const mask = (0xffffffff << (32 - Number(bits))) >>> 0;
  const common = (route.mask & mask) >>> 0;
  return (route.address & common) >>> 0 === (start & common) >>> 0;
}

export function makeNetwork(
  { home, environment, use }: NetworkWanted,
  subnet: string | null,
): Docker.NetworkCreateOptions {
  const name = nameOf(environment, use);
  return {
    Name: name,
    Driver: 'bridge',
    CheckDuplicate: true,
    EnableIPv6: false,
    // Without a way out, the engine takes no default route from it: the one of the other network stays.
    Internal: use === 'names',
    Labels: { [label.home]: home, [label.kind]: 'network', [label.environment]: environment },
    Options: {
      'com.docker.network.bridge.name': bridgeName(home, name),
      'com.docker.network.bridge.enable_icc': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': String(use === 'replicas'),
    },
    ...(subnet === null
      ? {}
      : { IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: firstAddress(subnet) }] } }),
  };
}
