import { routeTableSchema } from '@sconce/contract';
import type { RouteTable } from '@sconce/core';

/** The file holds the table's JSON text as it came over the link. */
export function parseTable(text: string): { table: RouteTable } | { message: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { message: `it is not JSON: ${(error as Error).message}` };
  }
  const parsed = routeTableSchema.safeParse(value);
  if (parsed.success) return { table: parsed.data };
  const [issue] = parsed.error.issues;
  return { message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a table'}` };
}
