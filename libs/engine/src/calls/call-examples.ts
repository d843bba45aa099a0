import {
  appendEvent,
  type CallExampleRow,
  countCallExamples,
  findCallExample,
  lockServiceSettings,
  putCallExample,
  removeCallExample,
  type ServiceRow,
  type Tx,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

/** A handful that a team shows around; a store of files it is not. */
const mostExamples = 20;

export interface KeepExample {
  readonly service: string;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: object;
  readonly actor: Actor;
}

/** Keeps a call to make it again; one of this name is replaced. */
export async function keepCallExample(deps: Deps, input: KeepExample): Promise<CallExampleRow> {
  const { name, method, path, body, actor } = input;
  if (!isName(name)) throw badName();
  return deps.db.transaction(async (tx) => {
    const service = await lockService(tx, input.service);
    const isNew = (await findCallExample(tx, service.id, name)) === null;
    if (isNew && (await countCallExamples(tx, service.id)) >= mostExamples) {
      throw new Rejection('limit_reached', `The service has ${mostExamples} examples`, {
        hint: 'Forget one that nobody uses.',
      });
    }
    await putCallExample(tx, service.id, { name, method, path, body, updatedBy: actor });
    await say(tx, service, 'example.kept', name, actor);
    const kept = await findCallExample(tx, service.id, name);
    if (!kept) throw new Error(`The example of ${service.id} is not there after it was written`);
    return kept;
  });
}

export async function forgetCallExample(
  deps: Deps,
  input: { readonly service: string; readonly name: string; readonly actor: Actor },
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const service = await lockService(tx, input.service);
    if (!(await removeCallExample(tx, service.id, input.name))) throw noSuchExample();
    await say(tx, service, 'example.forgotten', input.name, input.actor);
  });
}

export const noSuchExample = () => new Rejection('not_found', 'The service has no example of this name');

/** A line that people read; it stands in a path. */
const isName = (text: string): boolean => /^(?!\s)[^\p{Cc}\p{Cs}]{1,60}(?<!\s)$/u.test(text);

function badName(): Rejection {
  const message = '1 to 60 characters, none of them a control character';
  return new Rejection('invalid', `The name cannot be taken: ${message}`, {
    errors: [{ path: 'name', code: 'invalid', message }],
  });
}

async function lockService(tx: Tx, id: string): Promise<ServiceRow> {
  const service = await lockServiceSettings(tx, id);
  if (!service) throw new Rejection('not_found', 'There is no such service');
  return service;
}

async function say(tx: Tx, service: ServiceRow, type: string, name: string, actor: Actor): Promise<void> {
  const { id, projectId, environmentId } = service;
  await appendEvent(tx, { type, projectId, environmentId, serviceId: id, subjectId: id, data: { name }, actor });
}
