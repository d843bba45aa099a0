import type { Client, Service } from '@sconce/contract';
import { CliFailure, exitCodes } from '../exit-code.ts';

/** The id of a release named as `r12`, `12` or by its id. */
export async function findRelease(
  client: Client,
  service: Service,
  named: string,
  signal: AbortSignal,
): Promise<string> {
  if (named.startsWith('rel_')) return named;
  const number = /^r?([1-9]\d{0,8})$/.exec(named)?.[1];
  if (number === undefined)
    throw new CliFailure(`${named.slice(0, 60)} is not a release: they are called r1, r2, ...`, {
      exitCode: exitCodes.usage,
      code: 'invalid',
    });
  try {
    return (await client.getRelease({ params: { release: `${service.path}/r${number}` }, signal })).id;
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && error.status === 404)) throw error;
    throw new CliFailure(`${service.path} has no release r${number}`, {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: `See them: sconce releases --service ${service.path}`,
    });
  }
}
