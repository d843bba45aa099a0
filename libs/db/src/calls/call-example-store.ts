import type { Tx } from '../database.ts';

export interface CallExampleRow {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: object;
  readonly updatedBy: string | null;
  readonly updatedAt: Date;
}

const shown = { name: true, method: true, path: true, body: true, updatedBy: true, updatedAt: true } as const;

/** By name. What files and texts hold is left out: a list of them may be megabytes. */
export async function listCallExamples(
  tx: Tx,
  serviceId: string,
): Promise<(Omit<CallExampleRow, 'body'> & { readonly sends: string | null })[]> {
  return tx.$queryRaw`
    SELECT name, method, path, updated_by AS "updatedBy", updated_at AS "updatedAt",
      CASE body ->> 'kind' WHEN 'file' THEN body ->> 'name' WHEN 'text' THEN body ->> 'type' WHEN 'form' THEN
        (SELECT left(string_agg(coalesce(field -> 'file' ->> 'name', field ->> 'name'), ', ' ORDER BY at), 200)
         FROM jsonb_array_elements(body -> 'fields') WITH ORDINALITY AS of(field, at)) END AS sends
    FROM call_example WHERE service_id = ${serviceId} ORDER BY name`;
}

export async function findCallExample(tx: Tx, serviceId: string, name: string): Promise<CallExampleRow | null> {
  const row = await tx.callExample.findUnique({ where: { serviceId_name: { serviceId, name } }, select: shown });
  return row && { ...row, body: row.body as object };
}

export async function countCallExamples(tx: Tx, serviceId: string): Promise<number> {
  return tx.callExample.count({ where: { serviceId } });
}

export async function putCallExample(
  tx: Tx,
  serviceId: string,
  example: Omit<CallExampleRow, 'updatedAt'>,
): Promise<void> {
  const { name, body, ...rest } = example;
  const data = { ...rest, body };
  await tx.callExample.upsert({
    where: { serviceId_name: { serviceId, name } },
    create: { serviceId, name, ...data },
    update: { ...data, updatedAt: new Date() },
  });
}

/** False: there was none. */
export async function removeCallExample(tx: Tx, serviceId: string, name: string): Promise<boolean> {
  return (await tx.callExample.deleteMany({ where: { serviceId, name } })).count > 0;
}
