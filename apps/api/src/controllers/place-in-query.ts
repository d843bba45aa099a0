import type { Endpoint as EndpointSpec, Scope } from '@sconce/contract';
import { holds, scopeAt } from '@sconce/core';
import { type FoundPlace, findPlace, type Noun } from '@sconce/db';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';

/** What a query parameter names, if the caller holds the scope there. One of another tenant looks like one that is not there. */
export async function placeInQuery<E extends EndpointSpec>(
  call: Call<E>,
  noun: Noun,
  reference: string,
  wanted: Scope,
): Promise<FoundPlace> {
  const place = await findPlace(call.deps.db.tx, noun, reference);
  const inside = place && (call.place.projectId === '' || place.projectId === call.place.projectId);
  const held = place && inside && call.caller ? scopeAt(call.caller.rights, place) : null;
  if (place && holds(held, wanted)) return place;
  if (held !== null) throw new ApiError('forbidden', `This needs the scope \`${wanted}\` there; yours is \`${held}\``);
  const message = `There is no such ${noun}, or it is not yours to see`;
  throw new ApiError('invalid', message, { errors: [{ path: noun, code: 'not_found', message }] });
}
