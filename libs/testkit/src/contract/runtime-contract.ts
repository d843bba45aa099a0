import type { ServiceId, Sidecar } from '@sconce/core';
import type {
  Execution,
  Housekeeping,
  ObservedReplica,
  PlacementCheck,
  ReplicaTarget,
  Runtime,
  RuntimeLogLine,
  UsageMeter,
} from '@sconce/ports';
import { ReplicasRefused, RuntimeUnavailable } from '@sconce/ports';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { ReplicaBehaviour } from '../fakes/fake-replica.ts';
import { aReplicaTarget, aServiceRef, aSidecar, nextRelease } from './a-replica-target.ts';
import { describeExecution } from './runtime-exec-contract.ts';

export type WholeRuntime = Runtime & PlacementCheck & Housekeeping & UsageMeter & Execution;

export interface RuntimeUnderTest {
  readonly runtime: WholeRuntime;
  /** Another process's runtime over the same engine and state. */
  again(): WholeRuntime;
  /** The target with image and command that make its processes behave so. */
  behave(target: ReplicaTarget, behaviour: ReplicaBehaviour): ReplicaTarget;
  /** A sidecar with image and command that make it behave so. */
  beside(name: string, behaviour: ReplicaBehaviour): Sidecar;
  /** What a person does with the engine's own tools. */
  readonly outside: {
    remove(id: string): Promise<void>;
    /** The process dies; the engine starts it again. */
    kill(id: string): Promise<void>;
    /** While muted, its probes are not answered. */
    mute(id: string, isMuted: boolean): Promise<void>;
  };
  /** What a person does with a node, where there are at least two. */
  readonly nodes?: {
    /** Closes it, so that what is there is to go, or opens it again. */
    close(node: string, isClosed: boolean): Promise<void>;
    /** As `kubectl drain` asks for it; false while the replica is held. */
    evict(id: string): Promise<boolean>;
  };
  /** Cuts the runtime off from its engine, and lets it back. */
  setAway(isAway: boolean): Promise<void>;
  /** Milliseconds on the runtime's clock. */
  now(): number;
  /** Lets time go by until `check` answers something other than false, null or undefined. */
  waitUntil<T>(what: string, check: () => Promise<T>, timeoutMs?: number): Promise<NonNullable<Exclude<T, false>>>;
  /** Lets time go by until the promise settles. */
  settle<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Cases that a runtime may be excused from, each with its reason. */
export type RuntimeDifference = 'unready' | 'engine_away' | 'out_of_memory' | 'log_streams' | 'nodes';

const serves: ReplicaBehaviour = { kind: 'serves' };

/** What every runtime must do. `differences` names what this one cannot, and why. */
export function runtimeContract(
  name: string,
  make: () => Promise<RuntimeUnderTest>,
  differences: Partial<Record<RuntimeDifference, string>> = {},
): void {
  describe(`${name} as a runtime`, () => {
    let subject: RuntimeUnderTest;
    const targets: ReplicaTarget[] = [];
    beforeAll(async () => {
      subject = await make();
    });
    afterEach(async () => {
      const environments = new Set(targets.splice(0).map(({ service }) => service.environment));
      for (const environment of environments)
        await subject.settle(subject.runtime.removeEnvironment(environment, true));
    });
    afterAll(() => subject?.close());

    /** A target of a service of its own, removed after the test. */
    const aTarget = (behaviour: ReplicaBehaviour = serves, change: Partial<ReplicaTarget> = {}) => {
      const target = subject.behave(aReplicaTarget(change), behaviour);
      targets.push(target);
      return target;
    };
    const observe = (target: ReplicaTarget) => subject.runtime.observe(target.service);
    const ofRelease = async (target: ReplicaTarget) =>
      (await observe(target)).filter(({ release }) => release === target.release);
    const untilReady = (target: ReplicaTarget, count = target.replicas) =>
      subject.waitUntil(`${count} ready replicas`, async () => {
        const ready = (await ofRelease(target)).filter(({ health }) => health === 'ready');
        return ready.length === count && ready;
      });
    const apply = (target: ReplicaTarget) => subject.settle(subject.runtime.apply(target));
    const retire = (target: ReplicaTarget) =>
      subject.settle(subject.runtime.retire({ service: target.service, release: target.release }));
    const ids = (replicas: readonly ObservedReplica[]) => replicas.map(({ id }) => id);
    const unlessExcused = (context: TestContext, difference: RuntimeDifference) => {
      const why = differences[difference];
      if (why !== undefined) context.skip(why);
    };
    const cases: Cases = {
      current: () => subject,
      aTarget,
      observe,
      ofRelease,
      untilReady,
      apply,
      retire,
      ids,
      unlessExcused,
    };
    describeApply(cases);
    describeHealth(cases);
    describeRetire(cases);
    describeLogs(cases);
    describeWatching(cases);
    describeInput(cases);
    describeHousekeeping(cases);
    describeUsage(cases);
    describeSidecars(cases);
    describeExecution(cases);
    describeLeaving(cases);
  });
}

export interface Cases {
  current(): RuntimeUnderTest;
  aTarget(behaviour?: ReplicaBehaviour, change?: Partial<ReplicaTarget>): ReplicaTarget;
  observe(target: ReplicaTarget): Promise<readonly ObservedReplica[]>;
  ofRelease(target: ReplicaTarget): Promise<readonly ObservedReplica[]>;
  untilReady(target: ReplicaTarget, count?: number): Promise<readonly ObservedReplica[]>;
  apply(target: ReplicaTarget): Promise<void>;
  retire(target: ReplicaTarget): Promise<void>;
  ids(replicas: readonly ObservedReplica[]): readonly string[];
  unlessExcused(context: TestContext, difference: RuntimeDifference): void;
}

function describeApply({ current, aTarget, observe, ofRelease, untilReady, apply, ids }: Cases): void {
  it('starts what is missing, and says what it started', async () => {
    const target = aTarget(serves, { replicas: 2, releaseNumber: 12, generation: 7 });
    await apply(target);
    const replicas = await untilReady(target);
    for (const replica of replicas) {
      expect(replica).toMatchObject({
        service: target.service.service,
        release: target.release,
        generation: 7,
        reason: null,
        message: null,
        restarts: 0,
        exitCode: null,
        outOfMemory: false,
        gpus: [],
      });
      expect(replica.name).toMatch(/^r12-/);
      expect(replica.address?.port).toBe(8000);
      expect(replica.startedAt).not.toBeNull();
      expect(Date.parse(replica.createdAt)).not.toBeNaN();
    }
    expect(new Set(replicas.map(({ name }) => name)).size).toBe(2);
    expect(new Set(replicas.map(({ address }) => address?.host)).size).toBe(2);
  });

  it('changes nothing when all is there', async () => {
    const target = aTarget(serves, { replicas: 2 });
    await apply(target);
    const before = await untilReady(target);
    await apply(target);
    await apply({ ...target, generation: 2 });
    const after = await observe(target);
    expect(ids(after)).toEqual(ids(before));
    expect(after.map(({ startedAt }) => startedAt)).toEqual(before.map(({ startedAt }) => startedAt));
  });

  it('adds what is missing and takes the last away when there are too many', async () => {
    const target = aTarget(serves, { replicas: 1 });
    await apply(target);
    const one = ids(await untilReady(target));
    await apply({ ...target, replicas: 3 });
    const three = ids(await untilReady(target, 3));
    expect(three.slice(0, 1)).toEqual(one);
    await apply({ ...target, replicas: 2 });
    await current().waitUntil('two to be left', async () => (await observe(target)).length === 2);
    expect(ids(await observe(target))).toEqual(three.slice(0, 2));
    await apply({ ...target, replicas: 0 });
    await current().waitUntil('none to be left', async () => (await observe(target)).length === 0);
  });

  it('replaces what was removed from outside', async () => {
    const target = aTarget(serves, { replicas: 2 });
    await apply(target);
    const [first, second] = await untilReady(target);
    await current().outside.remove(first?.id ?? '');
    await current().waitUntil('it to be missed', async () => !ids(await observe(target)).includes(first?.id ?? ''));
    // Some runtimes have put another in its place by now.
    await apply(target);
    const after = ids(await untilReady(target));
    expect(after).toContain(second?.id);
    expect(after).not.toContain(first?.id);
  });

  it('refuses a stale generation quietly, also as another process', async () => {
    const old = aTarget();
    await apply(old);
    await untilReady(old);
    const newer = nextRelease(old, { generation: 5 });
    await apply(newer);
    await untilReady(newer);
    await current().settle(current().runtime.retire({ service: old.service, release: old.release }));
    await apply({ ...old, generation: 4 });
    expect(await ofRelease(old)).toEqual([]);
    await current().settle(
      current()
        .again()
        .apply({ ...old, generation: 4 }),
    );
    expect(await ofRelease(old)).toEqual([]);
    await apply({ ...newer, generation: 4, replicas: 0 });
    expect(await ofRelease(newer)).toHaveLength(1);
    await apply({ ...old, generation: 6 });
    await untilReady(old);
  });

  it('keeps the highest generation in mind when the releases it belonged to are gone', async () => {
    const old = aTarget();
    const newer = nextRelease(old, { generation: 9, replicas: 0 });
    await apply(newer);
    await current().settle(
      current()
        .again()
        .apply({ ...old, generation: 8 }),
    );
    expect(await observe(old)).toEqual([]);
  });

  it('does not double replicas when two processes apply at once', async () => {
    const target = aTarget(serves, { replicas: 3 });
    const other = current().again();
    const applied = [
      apply(target),
      current().settle(other.apply(target)),
      apply(target),
      current().settle(other.apply(target)),
    ];
    await Promise.all(applied);
    await untilReady(target);
    expect(await observe(target)).toHaveLength(3);
  });

  it('keeps services and releases apart', async () => {
    const one = aTarget();
    const other = aTarget(serves, {
      service: aServiceRef({ environment: one.service.environment, serviceSlug: 'other' }),
    });
    await Promise.all([apply(one), apply(other)]);
    await Promise.all([untilReady(one), untilReady(other)]);
    await apply(nextRelease(one));
    expect(await observe(one)).toHaveLength(2);
    expect(await observe(other)).toHaveLength(1);
  });
}

function describeHealth({ current, aTarget, observe, untilReady, apply, unlessExcused }: Cases): void {
  const only = async (target: ReplicaTarget) => (await observe(target))[0];

  it('is starting, with a reason, until it answers', async () => {
    const target = aTarget({ kind: 'serves', afterMs: 4_000 });
    const before = current().now();
    await apply(target);
    expect(await only(target)).toMatchObject({
      health: 'starting',
      reason: 'waiting_for_replicas',
      message: expect.any(String),
    });
    await untilReady(target);
    expect(current().now() - before).toBeGreaterThanOrEqual(3_900);
  });

  it('stays starting for as long as it never answers', async () => {
    const target = aTarget({ kind: 'never_ready' });
    await apply(target);
    const since = current().now();
    await current().waitUntil('some time to go by', async () => {
      expect((await only(target))?.health).toBe('starting');
      return current().now() - since > 1_500;
    });
    expect(await only(target)).toMatchObject({ restarts: 0, exitCode: null });
  });

  it('is unready only after so many failures in a row, and ready again after one answer', async (context) => {
    unlessExcused(context, 'unready');
    const target = aTarget(serves, {
      probe: { path: '/', startupTimeoutMs: 60_000, periodMs: 200, timeoutMs: 2_000, failureThreshold: 3 },
    });
    await apply(target);
    const [replica] = await untilReady(target);
    const muted = current().now();
    await current().outside.mute(replica?.id ?? '', true);
    const unready = await current().waitUntil('it to be unready', async () => {
      const seen = await only(target);
      return seen?.health === 'unready' && seen;
    });
    expect(current().now() - muted).toBeGreaterThanOrEqual(500);
    expect(unready).toMatchObject({ restarts: 0, reason: 'waiting_for_replicas', message: expect.any(String) });
    await current().outside.mute(replica?.id ?? '', false);
    await untilReady(target);
  });

  it('has to answer anew after every start of its process', async () => {
    const target = aTarget({ kind: 'serves', afterMs: 4_000 });
    await apply(target);
    const [before] = await untilReady(target);
    await current().outside.kill(before?.id ?? '');
    const restarted = await current().waitUntil('the restart', async () => {
      const seen = await only(target);
      return (
        seen !== undefined &&
        seen.restarts === 1 &&
        seen.startedAt !== before?.startedAt &&
        seen.address !== null &&
        seen
      );
    });
    expect(restarted.health).toBe('starting');
    const [after] = await untilReady(target);
    expect(after).toMatchObject({ id: before?.id, restarts: 1, reason: null });
    expect(Date.parse(after?.startedAt ?? '')).toBeGreaterThan(Date.parse(before?.startedAt ?? ''));
  });

  it('shows a crash loop: how often, and with which code', async () => {
    const target = aTarget({ kind: 'crashes', exitCode: 3 });
    await apply(target);
    const seen = await current().waitUntil('the second restart', async () => {
      const replica = await only(target);
      return replica !== undefined && replica.restarts >= 2 && replica.exitCode !== null && replica;
    });
    expect(seen).toMatchObject({ exitCode: 3, outOfMemory: false, reason: 'crash_loop' });
    expect(['exited', 'starting']).toContain(seen.health);
    expect(seen.message).toContain('3');
  });

  it('shows that it ran out of memory', async (context) => {
    unlessExcused(context, 'out_of_memory');
    const target = aTarget(
      { kind: 'out_of_memory', afterMs: 100 },
      { resources: { cpuMilli: null, memoryMiB: 24, gpu: null } },
    );
    await apply(target);
    const seen = await current().waitUntil('the end of its memory', async () => {
      const replica = await only(target);
      return replica?.outOfMemory === true && replica;
    });
    expect(seen).toMatchObject({ reason: 'out_of_memory', exitCode: 137 });
  });

  it('throws RuntimeUnavailable while the engine is away, and finds all as it was', async (context) => {
    unlessExcused(context, 'engine_away');
    const target = aTarget();
    await apply(target);
    const [before] = await untilReady(target);
    await current().setAway(true);
    await expect(observe(target)).rejects.toBeInstanceOf(RuntimeUnavailable);
    await expect(apply(target)).rejects.toBeInstanceOf(RuntimeUnavailable);
    await expect(current().runtime.capacity()).rejects.toBeInstanceOf(RuntimeUnavailable);
    await current().setAway(false);
    const [after] = await untilReady(target);
    expect(after?.id).toBe(before?.id);
  });
}

function describeRetire({ current, aTarget, observe, ofRelease, untilReady, apply, retire, ids }: Cases): void {
  it('lets a process finish, and is done when it is gone', async () => {
    const target = aTarget({ kind: 'serves', finishMs: 4_000 }, { stopTimeoutMs: 120_000 });
    await apply(target);
    await untilReady(target);
    const before = current().now();
    const retired = retire(target);
    await current().waitUntil('it to be stopping', async () => (await observe(target))[0]?.health === 'stopping');
    await retired;
    expect(current().now() - before).toBeGreaterThanOrEqual(3_900);
    expect(current().now() - before).toBeLessThan(110_000);
    expect(await observe(target)).toEqual([]);
  });

  it('ends a process that does not listen after the stop timeout', async () => {
    const target = aTarget({ kind: 'ignores_term' }, { stopTimeoutMs: 1_000 });
    await apply(target);
    await untilReady(target);
    const before = current().now();
    await retire(target);
    expect(current().now() - before).toBeGreaterThanOrEqual(950);
    expect(await observe(target)).toEqual([]);
  });

  it('removes one release only, and a crash loop as well as a good one', async () => {
    const good = aTarget();
    const bad = current().behave(nextRelease(good), { kind: 'crashes' });
    await apply(good);
    await apply(bad);
    await untilReady(good);
    await retire(bad);
    expect(await ofRelease(bad)).toEqual([]);
    expect(await ofRelease(good)).toHaveLength(1);
  });

  it('is fine with what is not there', async () => {
    const target = aTarget();
    await retire(target);
    await apply(target);
    await Promise.all([retire(target), retire(target)]);
    await retire(target);
    expect(await observe(target)).toEqual([]);
  });

  it('does not hold up the same release when it is wanted again', async () => {
    const target = aTarget({ kind: 'serves', finishMs: 15_000 }, { stopTimeoutMs: 120_000 });
    await apply(target);
    const [old] = await untilReady(target);
    const retired = retire(target);
    await current().waitUntil('it to be stopping', async () => (await observe(target))[0]?.health === 'stopping');
    await apply({ ...target, generation: 2 });
    const [fresh] = await untilReady(target);
    expect(fresh?.id).not.toBe(old?.id);
    expect(ids(await observe(target))).toContain(old?.id);
    await retired;
    expect(ids(await observe(target))).toEqual([fresh?.id]);
  });
}

function describeLogs({ current, aTarget, observe, apply, retire, unlessExcused }: Cases): void {
  const running = async (target: ReplicaTarget) => {
    await apply(target);
    return current().waitUntil('a replica', async () => (await observe(target))[0]);
  };
  const refOf = (replica: ObservedReplica) => ({ service: replica.service, id: replica.id });

  /** Reads until `isEnough`, then leaves. */
  const read = (
    replica: ObservedReplica,
    from: string | null,
    isEnough: (lines: readonly RuntimeLogLine[]) => boolean,
  ) =>
    current().settle(
      (async () => {
        const abort = new AbortController();
        const lines: RuntimeLogLine[] = [];
        for await (const line of current().runtime.logs(refOf(replica), from, abort.signal)) {
          lines.push(line);
          if (isEnough(lines)) break;
        }
        abort.abort();
        return lines;
      })(),
    );

  it('follows both outputs, each in its order, and goes on from any cursor with each line once', async () => {
    const replica = await running(aTarget({ kind: 'talks', lines: 40, everyMs: 20 }));
    const texts = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    const lines: RuntimeLogLine[] = [];
    for (const count of [1, 7, 12, 40]) {
      const from = lines.at(-1)?.cursor ?? null;
      const before = lines.length;
      lines.push(...(await read(replica, from, (some) => before + some.length === count)));
    }
    // A runtime reads the two outputs apart, so only what came from one of them has an order that the process gave it.
    const parityOf = ({ text }: RuntimeLogLine) => Number(text.slice('line '.length)) % 2;
    for (const parity of [1, 0]) {
      const its = lines.filter((line) => parityOf(line) === parity);
      expect(its.map(({ text }) => text)).toEqual(texts.filter((_, index) => index % 2 !== parity));
      const times = its.map(({ at }) => Date.parse(at));
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    for (const [index, { cursor }] of lines.slice(0, -1).entries()) {
      const [next] = await read(replica, cursor, () => true);
      expect(next?.text).toBe(lines[index + 1]?.text);
    }
  });

  it('tells the two outputs apart', async (context) => {
    unlessExcused(context, 'log_streams');
    const replica = await running(aTarget({ kind: 'talks', lines: 4, everyMs: 1 }));
    const lines = await read(replica, null, (some) => some.length === 4);
    const textsOf = (stream: string) => lines.filter((line) => line.stream === stream).map(({ text }) => text);
    expect([textsOf('stdout'), textsOf('stderr')]).toEqual([
      ['line 1', 'line 3'],
      ['line 2', 'line 4'],
    ]);
  });

  it('ends when the replica is gone, and at once when the signal aborts', async () => {
    const target = aTarget({ kind: 'talks', lines: 1, everyMs: 1 });
    const replica = await running(target);
    const whole = read(replica, null, () => false);
    await read(replica, null, () => true);
    await retire(target);
    expect((await whole).map(({ text }) => text)).toEqual(['line 1']);
    expect(await read(replica, null, () => false)).toEqual([]);
  });

  it('goes on over restarts of the process', async () => {
    const target = aTarget({ kind: 'talks', lines: 2, everyMs: 1 });
    const replica = await running(target);
    await read(replica, null, (lines) => lines.length === 2);
    await current().outside.kill(replica.id);
    const lines = await read(replica, null, (some) => some.length === 4);
    // One line to each output: those of one process come in either order, those of two never mix.
    expect([lines.slice(0, 2), lines.slice(2)].map((some) => some.map(({ text }) => text).sort())).toEqual([
      ['line 1', 'line 2'],
      ['line 1', 'line 2'],
    ]);
  });

  it('gives nothing of a replica of another service', async () => {
    const mine = await running(aTarget({ kind: 'talks', lines: 1, everyMs: 1 }));
    const other = aTarget();
    const stolen = { ...mine, service: other.service.service };
    expect(await read(stolen, null, () => true)).toEqual([]);
  });

  it('ends when its signal aborts while nothing is printed', async () => {
    const replica = await running(aTarget());
    const abort = new AbortController();
    const lines = current().runtime.logs(refOf(replica), null, abort.signal)[Symbol.asyncIterator]();
    const next = lines.next();
    abort.abort();
    expect((await current().settle(next)).done).toBe(true);
  });
}

function describeWatching({ current, aTarget, observe, untilReady, apply }: Cases): void {
  it('hints at every change, of this process and from outside, until the signal', async () => {
    const target = aTarget();
    const abort = new AbortController();
    const hints: ServiceId[] = [];
    const watching = current().runtime.watch((service) => hints.push(service), abort.signal);
    const hinted = async (what: string, from: number) =>
      current().waitUntil(`a hint after ${what}`, async () => hints.slice(from).includes(target.service.service));
    await apply(target);
    await hinted('the start', 0);
    const [replica] = await untilReady(target);
    const beforeKill = hints.length;
    await current().outside.kill(replica?.id ?? '');
    await hinted('its end', beforeKill);
    await untilReady(target);
    const beforeRemoval = hints.length;
    await current().outside.remove(replica?.id ?? '');
    await hinted('its removal', beforeRemoval);
    await current().waitUntil(
      'it to be gone',
      async () => !(await observe(target)).some(({ id }) => id === replica?.id),
    );
    abort.abort();
    await current().settle(watching);
    const after = hints.length;
    await apply(target);
    await untilReady(target);
    expect(hints).toHaveLength(after);
  });

  it('hints when a replica becomes ready, so that nobody has to ask', async () => {
    const target = aTarget({ kind: 'serves', afterMs: 500 });
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = current().runtime.watch(async () => {
      const [replica] = await observe(target);
      if (replica !== undefined) seen.push(replica.health);
    }, abort.signal);
    await apply(target);
    await current().waitUntil('the hint', async () => seen.includes('ready'));
    abort.abort();
    await watching;
  });

  it('does not watch with a signal that is over', async () => {
    await current().settle(current().runtime.watch(() => undefined, AbortSignal.abort()));
  });
}

function describeInput({ current, aTarget, observe, untilReady, apply }: Cases): void {
  const nothingElse = { cpuMilli: null, memoryMiB: null };

  it.each<[string, Partial<ReplicaTarget>]>([
    ['a NUL in a value', { environmentVariables: { A: 'x\0y' } }],
    ['a NUL in a name', { environmentVariables: { 'A\0': 'x' } }],
    ['a name with =', { environmentVariables: { 'A=B': 'x' } }],
    ['an empty name', { environmentVariables: { '': 'x' } }],
    ['a volume over its parent', { volumes: [{ name: 'data', path: '/a/../../etc', sizeMiB: null }] }],
    ['a volume without a root', { volumes: [{ name: 'data', path: 'data', sizeMiB: null }] }],
    ['two sidecars of one name', { sidecars: [aSidecar(), aSidecar()] }],
    ['a sidecar called as the service itself', { sidecars: [aSidecar({ name: 'main' })] }],
    ['a digest that is none', { image: { digest: 'busybox:latest', repository: null } }],
  ])('refuses %s, and starts nothing', async (_, change) => {
    const target = { ...aTarget(), ...change };
    await expect(apply(target)).rejects.toBeInstanceOf(ReplicasRefused);
    expect(await observe(target)).toEqual([]);
  });

  it('takes ten thousand variables, and values of every kind', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`VARIABLE_${index}`, `value ${index}`]),
    );
    const target = aTarget(serves, {
      environmentVariables: {
        ...many,
        KEY: '-----BEGIN-----\nabc\n',
        QUOTES: `'"$(id)\`\\`,
        EMPTY: '',
        'odd.name-x': 'ü😀',
      },
    });
    await apply(target);
    await untilReady(target);
  });

  it('answers no_gpu_here and memory_insufficient before anything is done', async () => {
    const { runtime } = current();
    const gpu = { product: null, count: 1, memoryMiB: null };
    expect(await runtime.check({ gpu: null, memoryMiB: 64, replicas: 1 })).toBeNull();
    expect(await runtime.check({ gpu: null, memoryMiB: 900_000_000, replicas: 1 })).toMatchObject({
      reason: 'memory_insufficient',
    });
    const [pool] = await runtime.capacity();
    if (pool?.gpus.length === 0) {
      expect(await runtime.check({ gpu, memoryMiB: null, replicas: 1 })).toMatchObject({
        reason: 'no_gpu_here',
        message: expect.stringContaining('no GPU'),
      });
      await expect(apply(aTarget(serves, { resources: { ...nothingElse, gpu } }))).rejects.toMatchObject({
        reason: 'no_gpu_here',
      });
    }
  });

  it('says what the machine has', async () => {
    const [pool] = await current().runtime.capacity();
    expect(pool).toMatchObject({ nodes: expect.any(Number), name: expect.any(String) });
    expect(pool?.cpuMilli).toBeGreaterThanOrEqual(1_000);
    expect(pool?.memoryMiB).toBeGreaterThan(256);
    expect(pool?.diskFreeMiB).toBeLessThanOrEqual(pool?.diskMiB ?? 0);
  });
}

function describeHousekeeping({ current, aTarget, observe, untilReady, apply }: Cases): void {
  it('lists what is there, and removes services and environments whole', async () => {
    const { runtime } = current();
    const one = aTarget(serves, { replicas: 2 });
    const two = aTarget(serves, { service: aServiceRef({ environment: one.service.environment, serviceSlug: 'two' }) });
    const elsewhere = aTarget();
    for (const target of [one, two, elsewhere]) await apply(target);
    for (const target of [one, two, elsewhere]) await untilReady(target);
    await apply(nextRelease(one));
    const services = [one, two, elsewhere].map(({ service }) => service.service);
    expect(await runtime.services()).toEqual(expect.arrayContaining(services));
    expect(await runtime.environments()).toEqual(
      expect.arrayContaining([one.service.environment, elsewhere.service.environment]),
    );

    await current().settle(runtime.removeService(one.service.service));
    expect(await observe(one)).toEqual([]);
    expect(await observe(two)).toHaveLength(1);
    expect(await runtime.services()).not.toContain(one.service.service);

    await current().settle(runtime.removeEnvironment(one.service.environment, true));
    expect(await observe(two)).toEqual([]);
    expect(await observe(elsewhere)).toHaveLength(1);
    expect(await runtime.environments()).not.toContain(one.service.environment);
    await current().settle(runtime.removeEnvironment(one.service.environment, true));
  });

  it('starts anew after a service was removed', async () => {
    const target = aTarget(serves, { generation: 9 });
    await apply(target);
    await current().settle(current().runtime.removeService(target.service.service));
    await apply({ ...target, generation: 1 });
    await untilReady(target);
  });
}

function describeUsage({ current, aTarget, ofRelease, untilReady, apply, retire }: Cases): void {
  const usageOf = async (target: ReplicaTarget) =>
    (await current().runtime.usage()).replicas.filter(({ release }) => release === target.release);

  it('says what each running replica uses, and whose it is', async () => {
    const target = aTarget(serves, { replicas: 2 });
    await apply(target);
    const replicas = await untilReady(target);
    // An engine may look at what is used only every few seconds.
    const used = await current().waitUntil('both to be measured', async () => {
      const some = await usageOf(target);
      return some.length === 2 && some.every(({ cpuMs }) => cpuMs > 0) && some;
    });
    expect(used.map(({ id }) => id).sort()).toEqual(replicas.map(({ id }) => id).sort());
    for (const replica of used) {
      expect(replica).toMatchObject({ service: target.service.service, release: target.release, gpus: [] });
      expect(replica.cpuMs).toBeGreaterThan(0);
      expect(replica.memoryMiB).toBeGreaterThan(0.01);
    }
    const before = new Map(used.map(({ id, cpuMs }) => [id, cpuMs]));
    await current().waitUntil('more processor time', async () =>
      (await usageOf(target)).every(({ id, cpuMs }) => cpuMs > (before.get(id) ?? Number.POSITIVE_INFINITY)),
    );
    await retire(target);
    expect(await ofRelease(target)).toEqual([]);
    expect(await usageOf(target)).toEqual([]);
  });

  it('says the same to another process', async () => {
    const target = aTarget();
    await apply(target);
    const [replica] = await untilReady(target);
    const other = current().again();
    await current().waitUntil('it to be measured', async () => {
      const { replicas } = await current().settle(other.usage());
      return replicas.some(({ id }) => id === replica?.id);
    });
  });

  it('says what is used of each node pool', async () => {
    const { pools } = await current().settle(current().runtime.usage());
    const [pool] = await current().runtime.capacity();
    expect(pools).toMatchObject([{ pool: pool?.name, gpusHeld: 0 }]);
    expect(pools[0]?.cpuMs).toBeGreaterThan(0);
    expect(pools[0]?.memoryMiB).toBeLessThanOrEqual(pool?.memoryMiB ?? 0);
    // What can be seen of a disk at all is seen of its use.
    if (pool && pools[0]?.diskUsedMiB !== null) expect(pools[0]?.diskUsedMiB).toBeLessThanOrEqual(pool.diskMiB);
  });
}

function describeSidecars({ current, aTarget, observe, ofRelease, untilReady, apply, retire, ids }: Cases): void {
  it('is ready with its sidecars, starts nothing twice, and takes them along', async () => {
    const { beside } = current();
    const sidecars = [beside('cache', { kind: 'never_ready' }), beside('shipper', { kind: 'never_ready' })];
    const target = aTarget(serves, { sidecars });
    await apply(target);
    const before = ids(await untilReady(target));
    await apply(target);
    expect(ids(await untilReady(target))).toEqual(before);
    await retire(target);
    expect(await observe(target)).toEqual([]);
  });

  it('is not ready beside a sidecar that fails, and says which one and how', async () => {
    const broken = current().beside('broken', { kind: 'crashes', exitCode: 3 });
    const target = aTarget(serves, { sidecars: [current().beside('cache', { kind: 'never_ready' }), broken] });
    await apply(target);
    const replica = await current().waitUntil('the reason', async () => {
      const [one] = await ofRelease(target);
      return one?.message?.includes('exit code 3') && one;
    });
    expect(replica).toMatchObject({ reason: 'crash_loop', message: expect.stringContaining('sidecar broken') });
    expect(replica.health).not.toBe('ready');
  });
}

function describeLeaving({ current, aTarget, ofRelease, untilReady, apply, ids, unlessExcused }: Cases): void {
  /** A target with one ready replica on a node that is closed while the test does its work. */
  const onClosedNode = async (
    context: TestContext,
    work: (target: ReplicaTarget, old: ObservedReplica) => Promise<void>,
  ) => {
    unlessExcused(context, 'nodes');
    const { nodes } = current();
    if (nodes === undefined) return context.skip('there is one node only');
    const target = aTarget();
    await apply(target);
    const [old] = await untilReady(target);
    if (old === undefined) throw new Error('there is no replica');
    expect(old.leaving ?? null).toBeNull();
    await nodes.close(old.node, true);
    try {
      const leaving = await current().waitUntil('it to be leaving', async () => (await ofRelease(target))[0]?.leaving);
      expect(leaving).toEqual({ cause: 'drained', until: null, isHeld: true });
      await work(target, old);
    } finally {
      await nodes.close(old.node, false);
    }
  };
  const evict = (id: string) => current().nodes?.evict(id);

  it('keeps a replica on a node that is to go beside its successor, holds it, and lets it go first', async (context) => {
    await onClosedNode(context, async (target, old) => {
      await apply({ ...target, beside: [old.id] });
      const both = await untilReady(target, 2);
      const next = both.find(({ id }) => id !== old.id);
      expect(next?.node).not.toBe(old.node);
      expect(next?.leaving ?? null).toBeNull();
      expect(await evict(old.id)).toBe(false);
      await apply({ ...target, beside: [old.id] });
      expect(ids(await ofRelease(target)).toSorted()).toEqual([old.id, next?.id].toSorted());
      await apply({ ...target, goes: [old.id] });
      await current().waitUntil('it to be gone', async () => (await ofRelease(target)).length === 1);
      expect(ids(await untilReady(target, 1))).toEqual([next?.id]);
    });
  });

  it('lets whoever drains the node evict what is held no more', async (context) => {
    await onClosedNode(context, async (target, old) => {
      expect(await evict(old.id)).toBe(false);
      await apply({ ...target, evictable: [old.id] });
      await current().waitUntil('it to be free', async () => (await ofRelease(target))[0]?.leaving?.isHeld === false);
      await current().waitUntil('it to be evicted', async () => (await evict(old.id)) === true);
      await current().waitUntil('it to be gone', async () => !ids(await ofRelease(target)).includes(old.id));
    });
  });

  it('holds again what was let go, when its node was opened again', async (context) => {
    await onClosedNode(context, async (target, old) => {
      const looksLoose = (isLoose: boolean) =>
        current().waitUntil('it to be said', async () => ((await ofRelease(target))[0]?.isLoose ?? false) === isLoose);
      await apply({ ...target, evictable: [old.id] });
      await current().nodes?.close(old.node, false);
      await looksLoose(true);
      await apply(target);
      await looksLoose(false);
      await current().nodes?.close(old.node, true);
      await current().waitUntil('it to be held', async () => (await ofRelease(target))[0]?.leaving?.isHeld === true);
      expect(await evict(old.id)).toBe(false);
    });
  });

  it('hints when a node is closed, for what is on it', async (context) => {
    const hints = new Set<ServiceId>();
    const abort = new AbortController();
    const watching = current().runtime.watch((service) => hints.add(service), abort.signal);
    try {
      await onClosedNode(context, async (target) => {
        hints.clear();
        await current().nodes?.close((await ofRelease(target))[0]?.node ?? '', false);
        await current().waitUntil('the hint', async () => hints.has(target.service.service));
      });
    } finally {
      abort.abort();
      await current().settle(watching);
    }
  });
}
