import type { Sidecar } from '@sconce/core';
import { ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import type { ContainerFacts, ContainerListing, Engine } from '../engine/engine.ts';
import { isConflict, isNameTaken, isNotFound, isSandboxMissing } from '../engine/engine-errors.ts';
import { label } from '../names.ts';
import { ensureImage } from './ensure-image.ts';
import { makeSidecar, type SidecarPlace, sidecarStopTimeoutMs, withTag } from './make-sidecar.ts';
import type { ReplicaParts } from './start-replica.ts';
import { toRefusal } from './to-refusal.ts';

const tries = 40;
const pauseMs = 50;

/**
 * Has all sidecars of a replica run, each started after the one before it. Fine when another process does the same at the same time. Throws
 * `ReplicasRefused`, and what the engine says of the sandbox.
 */
export async function startSidecars(parts: ReplicaParts, target: ReplicaTarget, place: SidecarPlace): Promise<void> {
  for (const sidecar of target.sidecars ?? []) {
    try {
      await parts.engine.startContainer(await createSidecar(parts, target, sidecar, place));
    } catch (error) {
      throw naming(target, sidecar, error);
    }
  }
}

/** The engine's no, with the sidecar's name in it; other errors as they are. */
function naming(target: ReplicaTarget, { name }: Sidecar, error: unknown): unknown {
  if (isSandboxMissing(error) || isNotFound(error)) return error;
  const refusal = toRefusal(error, target);
  if (!(refusal instanceof ReplicasRefused)) return error;
  return Object.assign(new ReplicasRefused(refusal.reason, `Of its sidecar ${name}: ${refusal.message}`), {
    cause: error,
  });
}

async function createSidecar(
  parts: ReplicaParts,
  target: ReplicaTarget,
  sidecar: Sidecar,
  place: SidecarPlace,
): Promise<string> {
  const { engine, clock } = parts;
  const options = makeSidecar(target, sidecar, place);
  const create = () => ensureImage(parts, withTag(sidecar.image), () => engine.createContainer(options));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      if (!isConflict(error) || attempt >= tries) throw error;
      const standing = isNameTaken(error) ? await lookAt(engine, options.name ?? '') : null;
      if (standing !== null && isSame(standing, options.Labels ?? {})) return standing.Id;
      // One of the replica that was in this slot before, whose own went without it.
      if (standing !== null && standing.Config.Labels?.[label.home] === parts.home)
        await removeSidecar(engine, standing.Id);
      else await clock.sleep(pauseMs);
    }
  }
}

function isSame({ Config, State }: ContainerFacts, wanted: Readonly<Record<string, string>>): boolean {
  const { [label.sandbox]: sandbox, [label.kind]: kind } = Config.Labels ?? {};
  return kind === 'sidecar' && sandbox === wanted[label.sandbox] && !State.Dead && State.Status !== 'removing';
}

/** Null where it is gone. */
export async function lookAt(engine: Engine, id: string): Promise<ContainerFacts | null> {
  try {
    return await engine.inspectContainer(id);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Those in a sandbox, stopped one after the other, the last one of `order` first: their names as they were started, where that matters. */
export async function removeSidecars(
  engine: Engine,
  home: string,
  sandbox: string,
  order: readonly string[] = [],
): Promise<void> {
  const all = await engine.listContainers([
    `${label.home}=${home}`,
    `${label.kind}=sidecar`,
    `${label.sandbox}=${sandbox}`,
  ]);
  const place = ({ Labels }: ContainerListing) => order.indexOf(Labels[label.sidecar] ?? '');
  for (const { Id } of [...all].sort((a, b) => place(b) - place(a))) await removeSidecar(engine, Id);
}

async function removeSidecar(engine: Engine, id: string): Promise<void> {
  try {
    await engine.stopContainer(id, sidecarStopTimeoutMs);
  } catch (error) {
    // A stop that the engine refuses is no reason to keep it: removing kills.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  try {
    await engine.removeContainer(id);
  } catch (error) {
    // 409: somebody else is removing it.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Those of one replica, by their name, as the engine lists them. */
export function sidecarsIn(
  sandbox: string,
  containers: readonly ContainerListing[],
): ReadonlyMap<string, ContainerListing> {
  const inside = containers.filter(({ Labels }) => {
    return Labels[label.kind] === 'sidecar' && Labels[label.sandbox] === sandbox;
  });
  return new Map(inside.map((container) => [container.Labels[label.sidecar] ?? '', container]));
}
