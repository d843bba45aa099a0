import { z } from 'zod';

/** Reads one process's settings from its environment; says all that is wrong at once, by name, and never the value. */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape).flatMap((key) => (environment[key] ? [[key, environment[key]]] : [])),
  );
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigInvalid(`These settings are missing or wrong:\n${lines.join('\n')}`);
}

export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
}

export const port = z.coerce.number().int().min(0).max(65535);

/** Addresses in CIDR notation, with commas between; none where nothing is given. */
export const cidrList = z
  .string()
  .regex(
    /^(\s*[0-9a-fA-F.:]+\/\d{1,3}\s*(,|$))*$/,
    'must be addresses in CIDR notation with commas between: 10.0.0.5/32',
  )
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((cidr) => cidr.trim())
      .filter((cidr) => cidr !== ''),
  );
