import { isZeroObjectName, runGit } from '@sconce/foundation';
import type { RefUpdate } from './serve/receive-commands.ts';

/** All refs back to where they were, unless somebody has moved one since: then none. */
export async function putBack(repository: string, moved: readonly RefUpdate[]): Promise<void> {
  const lines = moved.map(({ ref, before, after }) => {
    if (isZeroObjectName(before)) return `delete ${ref}\0${after}\0`;
    if (isZeroObjectName(after)) return `create ${ref}\0${before}\0`;
    return `update ${ref}\0${before}\0${after}\0`;
  });
  await runGit(repository, ['update-ref', '--stdin', '-z'], { timeoutMs: 60_000, input: lines.join('') });
}
