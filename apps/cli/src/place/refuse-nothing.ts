import { CliFailure, exitCodes } from '../exit-code.ts';

/** A change that names nothing to change was not meant so. Answers it when it does. */
export function refuseNothing<Body extends object>(body: Body, example: string): Body {
  if (Object.keys(body).length > 0) return body;
  throw new CliFailure('Name what to change', {
    exitCode: exitCodes.usage,
    code: 'nothing_to_change',
    hint: `For instance: ${example}`,
  });
}
