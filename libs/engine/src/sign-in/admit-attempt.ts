import { createHash } from 'node:crypto';
import {
  type AttemptPolicy,
  accountAttempts,
  addressAttempts,
  afterAttempt,
  networkOf,
  type PastAttempts,
  waitBeforeAttempt,
} from '@sconce/core';
import { type AttemptRow, forgetAttempts, lockAttempts, takeBackAttempt, writeAttempt } from '@sconce/db';
import type { Deps } from '../deps.ts';

/** Who tries: which account, where one is named, and from where. Accounts that are not there are counted like those that are. */
export interface Trying {
  readonly email: string | null;
  readonly address: string | null;
}

type Counting = Pick<Deps, 'db' | 'clock'>;

/** How long until this try may be looked at, in ms. 0: now, and it counts as failed until `attemptSucceeded`. */
export async function admitAttempt(deps: Counting, trying: Trying): Promise<number> {
  const policies = policiesOf(trying);
  const nowMs = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    const rows = await lockAttempts(tx, [...policies.keys()], new Date(nowMs));
    const waits = rows.map((row) => waitBeforeAttempt(policyFor(policies, row), toPast(row), nowMs));
    const wait = Math.max(0, ...waits);
    if (wait > 0) return wait;
    for (const row of rows) {
      const after = afterAttempt(policyFor(policies, row), toPast(row), nowMs);
      await writeAttempt(tx, { key: row.key, failures: after.failures, lastAt: new Date(after.lastAtMs) });
    }
    return 0;
  });
}

export async function attemptSucceeded(deps: Counting, { email, address }: Trying): Promise<void> {
  await deps.db.transaction(async (tx) => {
    if (email !== null) await forgetAttempts(tx, keyOf('account', email));
    if (address !== null) await takeBackAttempt(tx, keyOf('address', networkOf(address)));
  });
}

/** It was not looked at after all, so it was no failure. */
export async function attemptTakenBack(deps: Counting, trying: Trying): Promise<void> {
  for (const key of policiesOf(trying).keys()) await takeBackAttempt(deps.db.tx, key);
}

function policiesOf({ email, address }: Trying): Map<string, AttemptPolicy> {
  const policies = new Map<string, AttemptPolicy>();
  if (email !== null) policies.set(keyOf('account', email), accountAttempts);
  if (address !== null) policies.set(keyOf('address', networkOf(address)), addressAttempts);
  return policies;
}

function policyFor(policies: Map<string, AttemptPolicy>, { key }: AttemptRow): AttemptPolicy {
  const policy = policies.get(key);
  if (!policy) throw new Error(`Nobody asked about the attempts of ${key}`);
  return policy;
}

function toPast({ failures, lastAt }: AttemptRow): PastAttempts | null {
  return failures === 0 ? null : { failures, lastAtMs: lastAt.getTime() };
}

/** A password typed where the address belongs is stored nowhere, so neither are addresses. */
function keyOf(kind: 'account' | 'address', text: string): string {
  return createHash('sha256').update(`${kind} ${text}`).digest('base64url');
}
