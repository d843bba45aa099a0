import type { Event } from '@sconce/contract';
import { plainLine, refName, shortSha } from './plain-text.ts';

type Happened = Pick<Event, 'type' | 'data'>;
type Data = Happened['data'];

const text = (data: Data, name: string): string => (typeof data[name] === 'string' ? plainLine(data[name], 300) : '');
const list = (data: Data, name: string): readonly string[] =>
  Array.isArray(data[name]) ? data[name].filter((one) => typeof one === 'string').map((one) => plainLine(one, 80)) : [];

const some = (names: readonly string[], most = 6): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;

/** `MODEL set, OLD removed`. */
function valuesChanged(data: Data): string {
  const changes = Array.isArray(data.changes) ? (data.changes as readonly Record<string, unknown>[]) : [];
  return some(
    changes.map((one) => `${plainLine(String(one.name), 60)} ${one.change === 'removed' ? 'removed' : 'set'}`),
  );
}

/** What a commit was, and on which branch. */
function commitOf(data: Data): string {
  const ref = text(data, 'ref');
  return [shortSha(text(data, 'commit')), ref ? `on ${refName(ref)}` : ''].filter(Boolean).join(' ');
}

const why = (data: Data): string => {
  const message = text(data, 'message');
  return message ? `: ${message}` : '';
};

/** `; r3-abc on n2 took over` */
function successor({ successor: next }: Data): string {
  if (typeof next !== 'object' || next === null) return '; no other one is ready yet';
  return `; ${text(next as Data, 'name')} on ${text(next as Data, 'node')} took over`;
}

const named = (verb: string, noun: string) => (data: Data) => `${verb} the ${noun} ${text(data, 'slug')}`.trimEnd();
const changed = (noun: string) => (data: Data) => {
  const fields = list(data, 'fields');
  const names = fields.length > 0 ? fields : list(data, 'changed');
  return `changed the ${noun}${names.length > 0 ? `: ${some(names)}` : ''}`;
};

const releaseName = (data: Data): string => (typeof data.number === 'number' ? `r${data.number}` : 'the release');

/** As somebody's act: `Ana` is said before it. */
const acts: Readonly<Record<string, (data: Data) => string>> = {
  'project.created': named('made', 'project'),
  'project.updated': changed('project'),
  'project.removed': named('removed', 'project'),
  'environment.created': named('made', 'environment'),
  'environment.updated': changed('environment'),
  'environment.removed': named('removed', 'environment'),
  'repository.created': named('added', 'repository'),
  'repository.updated': changed('repository'),
  'repository.removed': named('removed', 'repository'),
  'service.created': named('made', 'service'),
  'service.updated': changed('service'),
  'service.removed': named('removed', 'service'),
  'service.pinned': () => 'pinned what is live: pushes do not deploy',
  'service.unpinned': () => 'let pushes deploy again',
  'service.secret_groups_changed': (data) => `attached the secret groups ${some(list(data, 'groups')) || 'none'}`,
  'branch_rule.created': (data) => `made the branch rule ${some(list(data, 'branches'))}`,
  'branch_rule.updated': changed('branch rule'),
  'branch_rule.removed': (data) => `removed the branch rule ${some(list(data, 'branches'))}`.trimEnd(),
  'variables.changed': (data) => `changed variables: ${valuesChanged(data)}`,
  'secrets.changed': (data) => `changed secrets of ${text(data, 'group')}: ${valuesChanged(data)}`,
  'secret_group.created': named('made', 'secret group'),
  'secret_group.removed': named('removed', 'secret group'),
  'member.came': () => 'signed in for the first time',
  'member.changed': (data) => `made ${text(data, 'email') || 'somebody'} ${text(data, 'role')} here`,
  'member.removed': (data) => `removed the member ${text(data, 'email')}`.trimEnd(),
  'token.created': (data) => `made the ${text(data, 'kind')} token ${text(data, 'name')}`.trimEnd(),
  'token.revoked': (data) => `revoked the token ${text(data, 'name')}`.trimEnd(),
  'user.created': () => 'invited a person',
  'user.removed': () => 'removed a person',
  'user.renamed': () => 'changed a person’s name',
  'session.began': () => 'signed in',
  'session.ended': () => 'ended a session',
  'password.set': () => 'set a password',
  'password.changed': () => 'changed the password',
  'password.removed': () => 'removed the password',
  'passkey.added': (data) => `added the passkey ${text(data, 'name')}`.trimEnd(),
  'passkey.renamed': (data) => `named a passkey ${text(data, 'name')}`.trimEnd(),
  'passkey.removed': () => 'removed a passkey',
  'sign_in.changed': () => 'changed how to sign in',
  'cluster.added': (data) => `added the cluster at ${text(data, 'server')}`,
  'cluster.updated': () => 'changed how a cluster is reached',
  'cluster.removed': (data) => `removed the cluster at ${text(data, 'server')}`,
  'delivery.ignored': (data) => `pushed what builds nothing${why(data)}`,
  'delivery.failed': (data) => `pushed what could not be taken apart${why(data)}`,
  'build.queued': (data) => `asked for a build of ${commitOf(data)}`,
  'build.cancel_requested': () => 'asked to cancel the build',
  'release.created': (data) => `made ${releaseName(data)}`,
};

/** As what came of it: nobody is said before it. */
const facts: Readonly<Record<string, (data: Data) => string>> = {
  'build.started': (data) => `The build of ${commitOf(data)} began`,
  'build.succeeded': (data) => `The build of ${commitOf(data)} succeeded`,
  'build.failed': (data) => `The build of ${commitOf(data)} failed${why(data)}`,
  'build.cancelled': (data) => `The build of ${commitOf(data)} was cancelled`,
  'build.superseded': (data) => `The build of ${commitOf(data)} was overtaken by a newer push`,
  'release.live': (data) => `${releaseName(data)} is live`.replace(/^t/, 'T'),
  'release.packages_read': (data) => `The packages of ${releaseName(data)} are known`,
  'release.taken_back': (data) => `A release was taken back${why(data)}`,
  'rollout.started': (data) => `A rollout began${text(data, 'cause') ? `: ${text(data, 'cause')}` : ''}`,
  'rollout.preparing': () => 'Replicas are being started',
  'rollout.shifting': () => 'Requests move over',
  'rollout.draining': () => 'The replicas before finish their requests',
  'rollout.complete': () => 'The rollout is complete',
  'rollout.paused': () => 'The rollout stands still',
  'rollout.aborting': (data) => `The rollout is being taken back${why(data)}`,
  'rollout.aborted': () => 'The rollout was taken back',
  'rollout.superseded': () => 'A newer rollout took over',
  'replica.leaving': (data) => `${text(data, 'message')}: another replica is started in place of ${text(data, 'name')}`,
  'replica.moved': (data) => `Replica ${text(data, 'name')} left node ${text(data, 'node')}${successor(data)}`,
  'replica.lost': (data) => `Node ${text(data, 'node')} was lost with replica ${text(data, 'name')}${successor(data)}`,
  'passkey.refused': () => 'A passkey counted backwards and was refused: it may have been copied',
  'cluster.changed': () => 'What the cluster has or holds changed',
};

const replicaWords: Readonly<Record<string, string | undefined>> = {
  starting: 'starts',
  ready: 'is ready',
  unready: 'is not ready any more',
  exited: 'ended',
  stopping: 'stops',
};

export interface EventWords {
  /** `act`: follows the name of who did it. `fact`: a sentence of its own. */
  readonly kind: 'act' | 'fact';
  readonly words: string;
}

export function eventWords({ type, data }: Happened): EventWords {
  const act = Object.hasOwn(acts, type) ? acts[type] : undefined;
  if (act) return { kind: 'act', words: act(data) };
  const fact = Object.hasOwn(facts, type) ? facts[type] : undefined;
  if (fact) return { kind: 'fact', words: fact(data) };
  if (type.startsWith('replica.')) {
    const health = replicaWords[type.slice('replica.'.length)] ?? `is ${plainLine(type.slice('replica.'.length), 30)}`;
    return { kind: 'fact', words: `Replica ${text(data, 'name')} ${health}${why(data)}` };
  }
  // Newer servers tell of what this page has no words for yet.
  return { kind: 'fact', words: plainLine(type.replaceAll('_', ' ').replace('.', ' '), 60) };
}

/** Nouns that events can be filtered by, and what people call them. */
export const eventNouns = {
  build: 'Builds',
  release: 'Releases',
  rollout: 'Rollouts',
  replica: 'Replicas',
  service: 'Services',
  variables: 'Variables',
  secrets: 'Secrets',
  member: 'Members',
  token: 'Tokens',
  session: 'Sessions',
  repository: 'Repositories',
  branch_rule: 'Branch rules',
  environment: 'Environments',
  delivery: 'Pushes that built nothing',
} as const;
