import { networkInterfaces } from 'node:os';
import type { EnvironmentId } from '@sconce/core';
import type Docker from 'dockerode';
import type { Engine } from '../engine/engine.ts';
import { EngineRefused, isConflict } from '../engine/engine-errors.ts';
import { bridgeName, label, networkName } from '../names.ts';

/** The networks of environments: made when first needed, known afterwards. */
export interface EnvironmentNetworks {
  ensure(environment: EnvironmentId): Promise<void>;
  /** Forgets what is known: a network was found missing, or the engine was away. */
  forget(environment?: EnvironmentId): void;
}

export function createEnvironmentNetworks(engine: Engine, home: string): EnvironmentNetworks {
  const known = new Map<EnvironmentId, Promise<void>>();
  return {
    ensure(environment) {
      const standing = known.get(environment);
      if (standing !== undefined) return standing;
      const made = ensureNetwork(engine, home, environment);
      known.set(environment, made);
      made.catch(() => known.delete(environment));
      return made;
    },
    forget(environment) {
      if (environment === undefined) known.clear();
      else known.delete(environment);
    },
  };
}

async function ensureNetwork(engine: Engine, home: string, environment: EnvironmentId): Promise<void> {
  const labels = [`${label.home}=${home}`, `${label.environment}=${environment}`];
  const standing = await engine.listNetworks(labels);
  if (standing.some((network) => network.Name === networkName(environment))) return;
  try {
    await engine.createNetwork(makeNetwork(home, environment, null));
  } catch (error) {
    if (isAlreadyThere(error)) return;
    if (!isOutOfAddresses(error)) throw error;
    await createWithOwnSubnet(engine, home, environment);
  }
}

/** Another process was faster: by the network's name, or by the bridge's, which is unique whatever the engine checks. */
function isAlreadyThere(error: unknown): boolean {
  return isConflict(error) || (error instanceof EngineRefused && /same bridge name|already exists/i.test(error.detail));
}

/** The engine's default pools hold 31 networks or so. */
function isOutOfAddresses(error: unknown): boolean {
  return (
    error instanceof EngineRefused && /non-overlapping|available.*address pool|fully subnetted/i.test(error.detail)
  );
}

const subnetAttempts = 64;

async function createWithOwnSubnet(engine: Engine, home: string, environment: EnvironmentId): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const subnet = chooseSubnet(bridgeName(home, environment), attempt);
    if (isOnThisMachine(subnet)) continue;
    try {
      await engine.createNetwork(makeNetwork(home, environment, subnet));
      return;
    } catch (error) {
      if (isAlreadyThere(error)) return;
      const isTaken = error instanceof EngineRefused && /overlaps/i.test(error.detail);
      if (!isTaken || attempt >= subnetAttempts) throw error;
    }
  }
}

/** One of 4096 networks of 254 addresses in 10.200.0.0 to 10.215.255.0, another for each attempt. */
export function chooseSubnet(seed: string, attempt: number): string {
  const start = Number.parseInt(seed.slice(-6), 16);
  const index = (start + attempt * 61) % 4096;
  return `10.${200 + (index >> 8)}.${index & 255}.0/24`;
}

function isOnThisMachine(subnet: string): boolean {
  const prefix = subnet.slice(0, subnet.lastIndexOf('.') + 1);
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address.startsWith(prefix)),
  );
}

export function makeNetwork(
  home: string,
  environment: EnvironmentId,
  subnet: string | null,
): Docker.NetworkCreateOptions {
  return {
    Name: networkName(environment),
    Driver: 'bridge',
    CheckDuplicate: true,
    EnableIPv6: false,
    Labels: { [label.home]: home, [label.kind]: 'network', [label.environment]: environment },
    Options: {
      'com.docker.network.bridge.name': bridgeName(home, environment),
      'com.docker.network.bridge.enable_icc': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': 'true',
    },
    ...(subnet === null ? {} : { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } }),
  };
}
