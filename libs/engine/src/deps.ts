import type { Database } from '@sconce/db';
import type { Log } from '@sconce/foundation';
import type { Clock } from '@sconce/ports';

/** What every verb may use. A verb that needs a port too takes it beside these: `deps: Deps & { runtime: Runtime }`. */
export interface Deps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who asked for something: `usr_...` or `tok_...`, `github:octocat`, or null for the platform itself. */
export type Actor = string | null;
