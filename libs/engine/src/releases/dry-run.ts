import type { Database, Tx } from '@sconce/db';

/** Carries the answer out of a transaction that is rolled back on purpose. */
class DryRun<T> extends Error {
  readonly answer: T;
  constructor(answer: T) {
    super('dry run');
    this.answer = answer;
  }
}

/** Does the work; with `dryRun` all of it is undone, so that what is answered is exactly what would have happened. */
export async function transactionOrDryRun<T>(db: Database, dryRun: boolean, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (!dryRun) return db.transaction(work);
  try {
    return await db.transaction(async (tx) => {
      throw new DryRun(await work(tx));
    });
  } catch (error) {
    if (error instanceof DryRun) return error.answer as T;
    throw error;
  }
}
