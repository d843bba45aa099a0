import { newId } from '@sconce/foundation';
import type { Condition, ContainerStatus, NodeFacts, PodFacts } from '@sconce/kubernetes-api';
import { describe, expect, it } from 'vitest';
import { label } from '../names.ts';
import { isLost } from '../nodes/read-node-leaving.ts';
import { isOverdue } from './lost-pods.ts';
import { toObservedReplica } from './to-observed-replica.ts';

const home = 'main';
const ids = { service: newId('svc'), environment: newId('env'), release: newId('rel') };
const now = Date.parse('2026-01-01T00:00:30Z');
const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
const running = { running: { startedAt: at(10) } };

interface Change {
  readonly main?: Partial<ContainerStatus> | null;
  readonly sidecars?: readonly ContainerStatus[];
  readonly conditions?: readonly Condition[];
  readonly phase?: 'Pending' | 'Running' | 'Failed';
  readonly deletionTimestamp?: string;
  readonly home?: string;
}

function aPod({
  main = {},
  sidecars,
  conditions = [],
  phase = 'Running',
  deletionTimestamp,
  home: of = home,
}: Change): PodFacts {
  return {
    metadata: {
      name: 'resnet50-r12-3f9a1-5c9d8-7x2kq',
      uid: 'uid',
      resourceVersion: '1',
      creationTimestamp: at(0),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      labels: {
        [label.home]: of,
        [label.service]: ids.service,
        [label.environment]: ids.environment,
        [label.release]: ids.release,
        [label.releaseNumber]: '12',
        [label.port]: '8000',
      },
      annotations: { 'sconce.dev/generation': '7' },
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '2' } } }] },
    status: {
      phase,
      podIP: '10.1.2.3',
      conditions,
      ...(sidecars === undefined ? {} : { initContainerStatuses: sidecars }),
      containerStatuses:
        main === null ? [] : [{ name: 'main', ready: false, restartCount: 0, containerID: 'containerd://1', ...main }],
    },
  };
}
const observe = (change: Change) => toObservedReplica(aPod(change), home, now);
const ended = (exitCode: number, reason = 'Error') => ({
  terminated: { exitCode, reason, startedAt: at(1), finishedAt: at(2) },
});

describe('isOverdue and isLost', () => {
  const leaving = aPod({ deletionTimestamp: at(30) });
  const after = (seconds: number) => Date.parse(at(30)) + seconds * 1_000;
  const node = (...conditions: Condition[]) =>
    ({ status: { capacity: {}, allocatable: {}, conditions } }) as unknown as NodeFacts;

  it('give a pod the time it was given, and a little more', () => {
    expect([10, 11].map((seconds) => isOverdue(leaving, after(seconds)))).toEqual([false, true]);
    expect(isOverdue(aPod({}), after(1_000))).toBe(false);
  });

  it('take a node for lost that says nothing, not one that says it is not ready', () => {
    for (const status of ['True', 'False'] as const) expect(isLost(node({ type: 'Ready', status }))).toBe(false);
    expect([node({ type: 'Ready', status: 'Unknown' }), node()].map(isLost)).toEqual([true, true]);
  });
});

describe('toObservedReplica', () => {
  it('says all of a replica that is ready', () => {
    const conditions: Condition[] = [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: at(1) },
      { type: 'Ready', status: 'True', lastTransitionTime: at(12) },
    ];
    expect(observe({ main: { ready: true, started: true, state: running }, conditions })).toEqual({
      id: 'uid',
      name: 'r12-7x2kq',
      service: ids.service,
      release: ids.release,
      generation: 7,
      health: 'ready',
      reason: null,
      message: null,
      address: { host: '10.1.2.3', port: 8000 },
      node: 'node-1',
      createdAt: at(0),
      placedAt: at(1),
      isNodeComing: false,
      startedAt: at(10),
      restarts: 0,
      exitCode: null,
      outOfMemory: false,
      gpus: ['nvidia.com/gpu-0', 'nvidia.com/gpu-1'],
    });
  });

  it('tells one that never answered from one that stopped answering', () => {
    const since = (second: number): Condition[] => [
      { type: 'Ready', status: 'False' },
      { type: 'ContainersReady', status: 'False', lastTransitionTime: at(second) },
    ];
    expect(observe({ main: { started: false, state: running }, conditions: since(0) })).toMatchObject({
      health: 'starting',
    });
    expect(observe({ main: { started: true, state: running }, conditions: since(10) })).toMatchObject({
      health: 'starting',
    });
    expect(observe({ main: { started: true, state: running }, conditions: since(30) })).toMatchObject({
      health: 'unready',
      message: 'It stopped answering its probe.',
    });
  });

  it('takes no pod of another installation, and none that has ended', () => {
    expect(observe({ home: 'other' })).toBeNull();
    expect(observe({ phase: 'Failed' })).toBeNull();
    expect(observe({ deletionTimestamp: at(50) })).toMatchObject({ health: 'stopping', reason: 'draining' });
  });

  it.each<[string, Change, object]>([
    [
      'a crash loop',
      { main: { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(3) } },
      {
        health: 'exited',
        reason: 'crash_loop',
        exitCode: 3,
        message: 'It ended with exit code 3. It was started again 2 times.',
      },
    ],
    [
      'a process that just started again',
      { main: { restartCount: 1, state: running, lastState: ended(137) } },
      {
        health: 'starting',
        reason: 'crash_loop',
        message: 'It ended with exit code 137 (killed, SIGKILL). It was started again once.',
      },
    ],
    [
      'too little memory',
      { main: { restartCount: 1, state: ended(137, 'OOMKilled'), lastState: ended(137, 'OOMKilled') } },
      { reason: 'out_of_memory', outOfMemory: true, exitCode: 137 },
    ],
    [
      'an image that is not there',
      { main: { state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }, phase: 'Pending' },
      {
        health: 'starting',
        reason: 'image_pull_failed',
        message:
          'Its image cannot be pulled, which is tried again by itself. The registry does not have it: build it again, or push it there. (not found)',
      },
    ],
    [
      'an image that runs as root',
      {
        main: {
          state: {
            waiting: {
              reason: 'CreateContainerConfigError',
              message: 'container has runAsNonRoot and image will run as root',
            },
          },
        },
      },
      { reason: 'start_failed', message: expect.stringContaining('`USER 1000`') },
    ],
    [
      'an image whose user is a name',
      {
        main: {
          state: {
            waiting: {
              reason: 'CreateContainerConfigError',
              message:
                'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root',
            },
          },
        },
      },
      { reason: 'start_failed', message: expect.stringContaining('`app` is not root') },
    ],
    [
      'a command that is not there',
      { main: { state: { waiting: { reason: 'RunContainerError', message: 'exec: "serve": not found' } } } },
      { reason: 'start_failed', message: 'It could not be started: exec: "serve": not found' },
    ],
    [
      'an image for another processor',
      {
        main: {
          restartCount: 1,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: {
            terminated: { exitCode: 128, reason: 'StartError', message: 'exec /bin/sh: exec format error' },
          },
        },
      },
      { reason: 'wrong_architecture', message: expect.stringContaining('another processor') },
    ],
    [
      'a driver that is too old',
      {
        main: {
          state: {
            waiting: {
              reason: 'RunContainerError',
              message:
                'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4, please update your driver',
            },
          },
        },
      },
      { reason: 'start_failed', message: expect.stringContaining('needs cuda>=12.4') },
    ],
    [
      'a node that is drained',
      {
        deletionTimestamp: at(50),
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }],
      },
      {
        health: 'stopping',
        reason: 'draining',
        message: 'It leaves node-1, which is being drained. Another one is started elsewhere.',
      },
    ],
    [
      'a node that is lost',
      {
        deletionTimestamp: at(50),
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }],
      },
      { message: expect.stringContaining('node-1 does not answer') },
    ],
    [
      'no GPU that is free',
      {
        main: null,
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            message: '0/3 nodes are available: 3 Insufficient nvidia.com/gpu. preemption: 0/3 ...',
          },
        ],
      },
      {
        reason: 'waiting_for_gpu',
        message:
          'It has no place: no node has the GPUs free that it asks for. It starts when a service gives some up, or a node is added. (0/3 nodes are available: 3 Insufficient nvidia.com/gpu.)',
      },
    ],
    [
      'too little memory on every node',
      {
        main: null,
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available: 1 Insufficient memory.' },
        ],
      },
      { reason: 'memory_insufficient' },
    ],
    [
      'nodes that take nobody',
      {
        main: null,
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            message: '0/1 nodes are available: 1 node(s) had untolerated taint {x: y}.',
          },
        ],
      },
      { reason: 'waiting_for_replicas', message: expect.stringContaining('no node takes it') },
    ],
  ])('says why: %s', (_, change, expected) => {
    expect(observe(change)).toMatchObject(expected);
  });

  it.each([
    ['1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {x: y}.', 'waiting_for_gpu', 'gives some up'],
    ['2 Insufficient cpu, 1 Insufficient memory.', 'memory_insufficient', 'Ask for less'],
    ['3 Insufficient cpu.', 'waiting_for_replicas', 'so much processor free. Ask for less'],
    ['3 Insufficient ephemeral-storage.', 'waiting_for_replicas', 'so much disk free. Remove'],
    ['3 Too many pods.', 'waiting_for_replicas', 'add a node'],
    ['pod has unbound immediate PersistentVolumeClaims.', 'waiting_for_replicas', '`kubectl get pvc`'],
    ['1 node(s) had volume node affinity conflict.', 'waiting_for_replicas', '`kubectl get pvc`'],
    ['1 node(s) were unschedulable.', 'waiting_for_replicas', '`kubectl uncordon`'],
    ['1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.', 'waiting_for_replicas', 'do not answer'],
    ['1 node(s) had untolerated taint {x: y}.', 'waiting_for_replicas', '`kubectl taint`'],
  ])('says what to do where it has no place: %s', (words, reason, next) => {
    const message = `0/3 nodes are available: ${words} preemption: 0/3 nodes are available`;
    const conditions: Condition[] = [{ type: 'PodScheduled', status: 'False', message }];
    const seen = observe({ main: null, phase: 'Pending', conditions });
    expect(seen).toMatchObject({ reason, message: expect.stringContaining(next) });
    // The scheduler's own words follow, for those who know them.
    expect(seen?.message).toContain(`(0/3 nodes are available: ${words})`);
  });

  it.each([
    ['pull access denied', 'log in to the registry'],
    ['manifest unknown', 'build it again, or push it there'],
    ['dial tcp: i/o timeout', 'reachable from the nodes'],
  ])('says what to do where its image cannot be pulled: %s', (message, next) => {
    const main = { state: { waiting: { reason: 'ErrImagePull', message } } };
    expect(observe({ main, phase: 'Pending' })).toMatchObject({ message: expect.stringContaining(next) });
  });
});

describe('a replica with sidecars', () => {
  const conditions: Condition[] = [{ type: 'Ready', status: 'True', lastTransitionTime: at(12) }];
  const well = { ready: true, started: true, state: running };
  const cache: ContainerStatus = { name: 'cache', ready: true, started: true, restartCount: 0, state: running };
  const crashing = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } };

  it('is ready while all of them run', () => {
    expect(observe({ main: well, sidecars: [cache], conditions })).toMatchObject({ health: 'ready', message: null });
    const restarted = { ...cache, restartCount: 3, lastState: ended(1) };
    expect(observe({ main: well, sidecars: [restarted], conditions })).toMatchObject({ health: 'ready' });
  });

  it.each<[string, Partial<ContainerStatus>, object]>([
    [
      'one that crashes',
      { restartCount: 2, state: crashing, lastState: ended(3) },
      {
        reason: 'crash_loop',
        message: 'Its sidecar cache: It ended with exit code 3. It was started again 2 times.',
      },
    ],
    [
      'one that has only just been started again',
      { restartCount: 1, state: { running: { startedAt: at(25) } }, lastState: ended(3) },
      { reason: 'crash_loop', message: 'Its sidecar cache: It ended with exit code 3. It was started again once.' },
    ],
    [
      'one whose image is not there',
      { state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } },
      {
        reason: 'image_pull_failed',
        message:
          'Its sidecar cache: Its image cannot be pulled, which is tried again by itself. The registry does not have it: build it again, or push it there. (not found)',
      },
    ],
    [
      'one that has not started yet',
      { state: { waiting: { reason: 'PodInitializing' } } },
      { reason: 'waiting_for_replicas', message: 'It waits for its sidecar cache.' },
    ],
  ])('says so of %s', (_, change, expected) => {
    const sidecars = [
      { ...cache, name: 'first' },
      { ...cache, ...change },
    ];
    expect(observe({ main: well, sidecars, conditions })).toMatchObject({ health: 'unready', ...expected });
    const waiting = { state: { waiting: { reason: 'PodInitializing' } } };
    expect(observe({ main: waiting, sidecars })).toMatchObject({ health: 'starting', ...expected });
  });

  it('says first that it is leaving', () => {
    const sidecars = [{ ...cache, state: crashing }];
    expect(observe({ main: well, sidecars, conditions, deletionTimestamp: at(20) })).toMatchObject({
      health: 'stopping',
      reason: 'draining',
    });
  });
});
