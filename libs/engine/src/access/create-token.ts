import { highest, holds, holdsInstance, type Scope, scopeAt } from '@sconce/core';
import { appendEvent, findPlace, insertToken, type TokenRow } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import type { Caller } from './caller.ts';
import { hashToken, makeTokenText } from './token-text.ts';

export type TokenRequest =
  | {
      readonly kind: 'personal';
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly project?: string | undefined;
      readonly expiresInDays?: number | null | undefined;
    }
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly project: string;
      readonly expiresInDays?: number | null | undefined;
    }
  | {
      readonly kind: 'deploy';
      readonly name: string;
      readonly environment: string;
      readonly expiresInDays?: number | null | undefined;
    };

interface Bounds {
  readonly projectId: string | null;
  readonly environmentId: string | null;
  readonly scopes: readonly Scope[];
  readonly userId: string | null;
}

const dayMs = 86_400_000;

/** Makes a token that can do no more than its maker. The text is answered this once and kept nowhere. Throws `Rejection`. */
export async function createToken(
  deps: Deps,
  input: { readonly caller: Caller; readonly request: TokenRequest },
): Promise<{ text: string; token: TokenRow }> {
  const { caller, request } = input;
  return deps.db.transaction(async (tx) => {
    const bounds = await boundsOf({ ...deps, db: { ...deps.db, tx } }, caller, request);
    const days = request.expiresInDays === undefined ? 90 : request.expiresInDays;
    const wanted = days === null ? null : new Date(deps.clock.now() + days * dayMs);
    const text = makeTokenText(request.kind);
    const token = await insertToken(tx, {
      kind: request.kind,
      name: request.name,
      hash: hashToken(text),
      ...bounds,
      expiresAt: earlier(wanted, caller),
    });
    const { projectId, environmentId } = bounds;
    await appendEvent(tx, {
      type: 'token.created',
      projectId,
      environmentId,
      subjectId: token.id,
      data: { kind: request.kind, name: request.name, scopes: bounds.scopes },
      actor: caller.actor,
    });
    return { text, token };
  });
}

async function boundsOf(deps: Deps, caller: Caller, request: TokenRequest): Promise<Bounds> {
  if (request.kind === 'deploy') {
    const place = await placeOf(deps, caller, 'environment', request.environment, 'admin');
    return { projectId: place.projectId, environmentId: place.environmentId, scopes: ['deploy'], userId: null };
  }
  if (request.kind === 'service') {
    const place = await placeOf(deps, caller, 'project', request.project, 'admin');
    return { projectId: place.projectId, environmentId: null, scopes: within(caller, request.scopes), userId: null };
  }
  if (caller.user === null || caller.rights.environmentId !== null) {
    throw new Rejection('forbidden', 'Only a person can make personal tokens', {
      hint: 'Make a service token for a project instead.',
    });
  }
  const scopes = within(caller, request.scopes);
  if (request.project === undefined)
    return { projectId: caller.rights.projectId, environmentId: null, scopes, userId: caller.user.id };
  const place = await placeOf(deps, caller, 'project', request.project, 'read');
  return { projectId: place.projectId, environmentId: null, scopes, userId: caller.user.id };
}

async function placeOf(deps: Deps, caller: Caller, field: 'project' | 'environment', reference: string, wanted: Scope) {
  const place = await findPlace(deps.db.tx, field, reference);
  const held = place ? scopeAt(caller.rights, place) : null;
  if (!place || held === null) {
    const message = `There is no ${field} of that name that you may see`;
    throw new Rejection('invalid', message, { errors: [{ path: field, code: 'not_found', message }] });
  }
  if (!holds(held, wanted))
    throw new Rejection('forbidden', `Making this token needs the scope ${wanted} there; yours is ${held}`);
  return place;
}

function within(caller: Caller, scopes: readonly Scope[]): readonly Scope[] {
  const own = highest(caller.rights.scopes);
  const above = scopes.find((scope) => !holds(own, scope) || (scope === 'instance' && !holdsInstance(caller.rights)));
  if (above === undefined) return [...new Set(scopes)];
  const message = `Your own token has not the scope ${above}, so it cannot hand it on`;
  throw new Rejection('forbidden', message, { errors: [{ path: 'scopes', code: 'above_own', message }] });
}

/** A token that ends cannot make one that outlives it: what leaks for a day must not become one for ever. Sessions are people at a keyboard. */
function earlier(wanted: Date | null, caller: Caller): Date | null {
  if (caller.kind === 'session' || caller.expiresAt === null) return wanted;
  return wanted === null || wanted > caller.expiresAt ? caller.expiresAt : wanted;
}
