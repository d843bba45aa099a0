import { type Database, type DatabaseOptions, openDatabase } from '@sconce/db';

/** One that is waited for however busy the machine is: fifty requests at once are turned away by nothing but what is tested. */
export function openPatientDatabase(options: DatabaseOptions): Database {
  return openDatabase({ ...options, patienceMs: 240_000 });
}
