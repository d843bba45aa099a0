import type { Database, Tx } from '@sconce/db';

/** One write: everything its verbs do to the database is one transaction, and ends with it or not at all. */
export interface UnitOfWork {
  /** For the verbs. Their transactions join the one of this unit. */
  readonly db: Database;
  /** Adds the last statements (`finish`) and commits. Without a transaction so far they run in one of their own. */
  commit(finish: (tx: Tx) => Promise<void>): Promise<void>;
  /** Undoes all. Safe to call when nothing was begun. */
  rollback(): Promise<void>;
}

class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

/**
 * `eager`: the transaction begins at once, so that also single statements belong to it. Else it begins with the first verb's transaction, for
 * verbs that look at the world outside before they write.
 */
export function openUnitOfWork(db: Database, eager: boolean): UnitOfWork {
  let joined: Tx | null = null;
  let opening: Promise<Tx> | null = null;
  let running: Promise<void> = Promise.resolve();
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => {});
  const begin = () => {
    opening ??= new Promise<Tx>((resolve, reject) => {
      running = db.transaction(async (tx) => {
        joined = tx;
        resolve(tx);
        await end.promise;
      });
      running.catch(reject);
    });
    return opening;
  };
  const view: Database = {
    ...db,
    get tx() {
      return joined ?? (eager ? refuseEarly() : db.tx);
    },
    transaction: async (work) => work(await begin()),
  };
  return {
    db: view,
    commit: async (finish) => {
      await finish(await begin());
      end.resolve();
      await running;
    },
    rollback: async () => {
      end.reject(new RolledBack('nothing of it stays'));
      if (!opening) return;
      await running.catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error;
      });
    },
  };
}

function refuseEarly(): never {
  throw new Error('A write used its database before its transaction was begun');
}

/** As `openUnitOfWork`, with the transaction begun already when it is to be eager. */
export async function beginUnitOfWork(db: Database, eager: boolean): Promise<UnitOfWork> {
  const unit = openUnitOfWork(db, eager);
  if (eager) await unit.db.transaction(async () => {});
  return unit;
}
