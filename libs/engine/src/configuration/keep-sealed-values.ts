import { readValuesOfOtherKeys, removeUnneededSealedValues, replaceSealing, type SealedKind } from '@sconce/db';
import type { SecretOpener, SecretSealer } from '@sconce/ports';
import type { Deps } from '../deps.ts';

const dayMs = 24 * 3_600_000;

/** Removes versions that no release can be gone back to with. Safe to run at any time and by several at once; answers how many went. */
export async function collectSealedValues(deps: Pick<Deps, 'db'>, graceMs: number = dayMs): Promise<number> {
  return removeUnneededSealedValues(deps.db.tx, graceMs);
}

/**
 * Seals every value of a kind again for the newest key, after a rotation: once it answers, the older keys open nothing that is kept.
 * Values stay what they are, and so do versions and fingerprints. Goes on where it was broken off; `unreadable` could not be opened.
 */
export async function resealValues(
  deps: Pick<Deps, 'db' | 'log'>,
  kind: SealedKind,
  keys: { readonly sealer: SecretSealer; readonly opener: SecretOpener },
  signal: AbortSignal,
): Promise<{ readonly resealed: number; readonly unreadable: number }> {
  const { keyId } = await keys.sealer.seal({ owner: '', name: '', version: 0 }, new Uint8Array());
  const done = { resealed: 0, unreadable: 0 };
  for (let after = ''; !signal.aborted; ) {
    const rows = await readValuesOfOtherKeys(deps.db.tx, kind, keyId, after, 100);
    if (rows.length === 0) return done;
    for (const row of rows) {
      after = row.id;
      try {
        const sealed = await keys.sealer.seal(row, await keys.opener.open(row, row));
        if (await replaceSealing(deps.db.tx, row.id, row.keyId, sealed)) done.resealed += 1;
      } catch (error) {
        done.unreadable += 1;
        deps.log.warn(
          { err: error, owner: row.owner, name: row.name, version: row.version },
          'a value could not be sealed again',
        );
      }
    }
  }
  signal.throwIfAborted();
  return done;
}
