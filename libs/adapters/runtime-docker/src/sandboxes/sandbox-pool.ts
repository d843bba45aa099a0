import type { ServiceId } from '@sconce/core';
import type { Log } from '@sconce/foundation';
import { type Clock, ReplicasRefused, type ServiceRef } from '@sconce/ports';
import { removeSidecars } from '../containers/replica-sidecars.ts';
import type { ContainerListing, Engine, EngineInfo } from '../engine/engine.ts';
import { isConflict, isImageMissing, isNetworkMissing, isNotFound } from '../engine/engine-errors.ts';
import type { EnvironmentNetworks } from '../isolation/environment-networks.ts';
import { label, namesNetworkName } from '../names.ts';
import { makeSandbox } from './make-sandbox.ts';
import { planTidying, type StandingSandbox } from './plan-tidying.ts';
import { makeSandboxImage, type SandboxImage } from './sandbox-image.ts';

/** Sandboxes of replicas (see `makeSandbox`), and for each service that runs one more, ready for its next replica. */
export interface SandboxPool {
  /** A running one for a new replica: the one that stands ready, else a new one. Throws `ReplicasRefused`. */
  claim(service: ServiceRef): Promise<string>;
  /** It was not needed after all. */
  giveBack(service: ServiceRef, id: string): Promise<void>;
  /** From here on its replica says whose it is. */
  handedOver(id: string): void;
  /** Has one stand ready. Not awaited by whoever is in a hurry; never throws. */
  prepare(service: ServiceRef): Promise<void>;
  /** Fine when it is gone. */
  remove(id: string): Promise<void>;
  /** All of a service or of an environment, also those that stand ready. `selection` is a label with its value. */
  removeAll(selection: string): Promise<void>;
  /** Takes over what an earlier process left ready, and removes what belongs to nobody. */
  tidy(): Promise<void>;
}

export interface SandboxPoolParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly networks: EnvironmentNetworks;
  info(): Promise<EngineInfo>;
}

export function createSandboxPool(parts: SandboxPoolParts): SandboxPool {
  const { engine, home, log } = parts;
  /** Per service the one that stands ready, or will in a moment. */
  const spares = new Map<ServiceId, Promise<string>>();
  /** Claimed, and not yet in any replica's label. */
  const claimed = new Set<string>();
  let hasLooked = false;

  async function claim(service: ServiceRef): Promise<string> {
    // A process that has only just begun: what an earlier one left ready is a few milliseconds away.
    if (!hasLooked) await tidy().catch(() => undefined);
    const spare = spares.get(service.service);
    spares.delete(service.service);
    // One that could not be prepared says nothing about the next try.
    const id = (await spare?.catch(() => null)) ?? (await createSandbox(parts, service));
    claimed.add(id);
    return id;
  }

  async function remove(id: string): Promise<void> {
    claimed.delete(id);
    try {
      await engine.removeContainer(id);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  async function prepare(service: ServiceRef): Promise<void> {
    if (spares.has(service.service)) return;
    const made = createSandbox(parts, service);
    spares.set(service.service, made);
    try {
      await made;
    } catch (error) {
      if (spares.get(service.service) === made) spares.delete(service.service);
      log.debug({ err: error, service: service.service }, 'no sandbox was prepared');
    }
  }

  async function removeAll(selection: string): Promise<void> {
    // One in the making would hold its network.
    await Promise.allSettled(spares.values());
    const standing = await engine.listContainers([`${label.home}=${home}`, `${label.kind}=sandbox`, selection]);
    for (const { Labels } of standing) spares.delete(Labels[label.service] as ServiceId);
    const sidecars = await engine.listContainers([`${label.home}=${home}`, `${label.kind}=sidecar`, selection]);
    const inside = new Set(sidecars.map(({ Labels }) => Labels[label.sandbox] ?? ''));
    await Promise.all([...inside].map((sandbox) => removeSidecars(engine, home, sandbox)));
    await Promise.all(standing.map(({ Id }) => remove(Id)));
  }

  /** Their replica was removed from outside, and its sandbox too. */
  async function removeStraySidecars(containers: readonly ContainerListing[]): Promise<void> {
    const ids = new Set(containers.map(({ Id }) => Id));
    const lost = containers.flatMap(({ Labels }) => {
      const sandbox = Labels[label.sandbox] ?? '';
      return Labels[label.kind] === 'sidecar' && !ids.has(sandbox) ? [sandbox] : [];
    });
    await Promise.all([...new Set(lost)].map((sandbox) => removeSidecars(engine, home, sandbox)));
  }

  async function preparedSpares() {
    const prepared = [...spares].map(async ([service, spare]) => ({ service, spare, id: await spare }));
    return (await Promise.allSettled(prepared)).flatMap((one) => ('value' in one ? [one.value] : []));
  }

  async function tidy(): Promise<void> {
    const prepared = await preparedSpares();
    const containers = await engine.listContainers([`${label.home}=${home}`]);
    const sandboxes = containers.filter(({ Labels }) => Labels[label.kind] === 'sandbox');
    const running = new Set(sandboxes.filter(({ State }) => State === 'running').map(({ Id }) => Id));
    for (const { id, service, spare } of prepared) {
      if (!running.has(id) && spares.get(service) === spare) spares.delete(service);
    }
    const used = containers.flatMap(({ Labels }) => (Labels[label.kind] === 'replica' ? [Labels[label.sandbox]] : []));
    const shared = new Set(containers.flatMap(({ Labels }) => Labels[label.sandbox] ?? []));
    const standing = sandboxes.map((each) => toStandingSandbox(each, shared, parts.clock.now()));
    const held = new Set([...used.map((id) => id ?? ''), ...claimed, ...(await preparedSpares()).map(({ id }) => id)]);
    const plan = planTidying(standing, held, new Set(spares.keys()));
    for (const { id, service } of plan.adopt) spares.set(service, Promise.resolve(id));
    hasLooked = true;
    const leave = async (id: string) => {
      if (shared.has(id)) await removeSidecars(engine, home, id);
      await remove(id);
    };
    await Promise.all(plan.remove.map(({ id }) => leave(id)));
    await removeStraySidecars(containers);
  }

  return {
    claim,
    handedOver: (id) => void claimed.delete(id),
    async giveBack(service, id) {
      claimed.delete(id);
      if (spares.has(service.service)) await remove(id);
      else spares.set(service.service, Promise.resolve(id));
    },
    prepare,
    remove,
    removeAll,
    tidy,
  };
}

function toStandingSandbox(
  { Id, State, Labels, Created, NetworkSettings }: ContainerListing,
  shared: ReadonlySet<string>,
  now: number,
): StandingSandbox {
  return {
    id: Id,
    service: Labels[label.service] as ServiceId,
    runs: State === 'running',
    isFresh:
      !shared.has(Id) &&
      !Object.keys(NetworkSettings.Networks).includes(namesNetworkName(Labels[label.environment] as never)),
    ageMs: now - Created * 1000,
  };
}

async function createSandbox(parts: SandboxPoolParts, service: ServiceRef, mayRepeat = true): Promise<string> {
  const { engine, home, networks } = parts;
  const image = await imageFor(parts);
  await networks.ensure(service.environment, 'replicas');
  const create = () => engine.createContainer(makeSandbox(service, home, image));
  const id = await create().catch(async (error: unknown) => {
    if (!isImageMissing(error)) throw error;
    await engine.importImage(await image.archive(), image.name);
    return create();
  });
  try {
    await engine.startContainer(id);
    return id;
  } catch (error) {
    await engine.removeContainer(id).catch(() => undefined);
    if (!isNetworkMissing(error) || !mayRepeat) throw error;
    networks.forget(service.environment);
    return createSandbox(parts, service, false);
  }
}

async function imageFor(parts: SandboxPoolParts): Promise<SandboxImage> {
  const { architecture } = await parts.info();
  const image = makeSandboxImage(architecture);
  if (image !== null) return image;
  throw new ReplicasRefused(
    'start_failed',
    `This machine is of a kind (${architecture}) that replicas cannot run on. Sconce runs them on x86_64 and aarch64.`,
  );
}
