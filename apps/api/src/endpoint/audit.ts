import { insertAuditEvent, type Tx } from '@sconce/db';
import type { RequestState } from './request-state.ts';

/** One row for what a known caller did, or tried to do, and for each try to become one. */
export async function writeAudit(
  tx: Tx,
  state: RequestState,
  path: string,
  status: number,
  code: string | null,
): Promise<void> {
  if (state.caller === null && state.tried === null) return;
  await insertAuditEvent(tx, {
    tokenId: state.caller?.tokenId ?? null,
    userId: state.caller ? (state.caller.user?.id ?? null) : (state.tried?.userId ?? null),
    projectId: state.place?.projectId ?? null,
    action: state.name ?? 'unknown',
    target: state.place?.id ?? path.slice(0, 200),
    status,
    code,
    address: state.address,
    requestId: state.requestId,
    data: state.told,
  });
}
