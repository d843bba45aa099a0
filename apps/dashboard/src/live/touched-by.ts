import type { Event } from '@sconce/contract';

type Key = readonly unknown[];
type Happened = Pick<Event, 'type' | 'project' | 'environment' | 'service' | 'subject'>;

/** By the event's noun: beginnings of the keys of the queries in api/ whose answers may be others now. A service's own view is read anew for each of its events. */
const touched: Readonly<Record<string, (event: Happened) => readonly Key[]>> = {
  project: () => [['projects'], ['me'], ['services'], ['service']],
  environment: () => [['environments'], ['services']],
  repository: () => [['repositories'], ['repository']],
  service: () => [['environments'], ['variables']],
  delivery: ({ subject }) => [['delivery', subject], ['plan']],
  build: ({ service, subject }) => [
    ['builds', service],
    ['build', subject],
  ],
  release: ({ service }) => [
    ['releases', service],
    ['release', service],
    ['rollouts', service],
  ],
  rollout: ({ service }) => [
    ['rollouts', service],
    ['releases', service],
    ['release', service],
    ['replicas', service],
    // Their marks in graphs.
    ['metrics', service],
  ],
  example: ({ service }) => [['examples', service]],
  replica: ({ service }) => [['replicas', service]],
  // An environment's variables reach all of its services.
  variables: ({ service }) => (service === null ? [['variables']] : [['variables', service]]),
  secrets: ({ environment }) => [['secret-groups', environment], ['secrets']],
  secret_group: ({ environment }) => [['secret-groups', environment]],
  cluster: () => [['clusters']],
  branch_rule: () => [['branch-rules']],
  token: () => [['tokens']],
  member: () => [['me'], ['members']],
  user: () => [['me']],
  session: () => [['sessions']],
  passkey: () => [['passkeys'], ['sign-in']],
  password: () => [['sign-in']],
  sign_in: () => [['sign-in']],
};

export function touchedBy(event: Happened): readonly Key[] {
  const noun = event.type.split('.', 1)[0] ?? '';
  return Object.hasOwn(touched, noun) ? (touched[noun]?.(event) ?? []) : [];
}
