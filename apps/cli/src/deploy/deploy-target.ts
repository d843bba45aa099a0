import { CliFailure, exitCodes } from '../exit-code.ts';

/** Where a deploy goes: one environment of a project, and the services made from this repository there. */
export interface DeployTarget {
  readonly project: string;
  readonly environment: string;
  readonly services: readonly string[];
}

export interface DeployNames {
  readonly service?: string | undefined;
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
}

const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * What was named, else what this repository was deployed to last, else names taken from the directory (project and service) and
 * `production`. A `sconce.yaml` names the services itself.
 */
export function planDeployTarget(
  names: DeployNames,
  recorded: string | undefined,
  directoryName: string,
  sconceYaml: string | null,
): DeployTarget {
  const [lastProject, lastEnvironment, lastService] = recorded?.split('/') ?? [];
  const parts = names.service?.split('/') ?? [];
  if (parts.length === 2 || parts.length > 3) throw wrongName(names.service ?? '');
  const whole = parts.length === 3;
  const fallback = toSlug(directoryName);
  const project = (whole ? parts[0] : names.project) ?? lastProject ?? fallback;
  const environment = (whole ? parts[1] : names.environment) ?? lastEnvironment ?? 'production';
  const inFile = sconceYaml === null ? [] : serviceNamesIn(sconceYaml);
  const named = parts.at(-1);
  const services = named !== undefined ? [named] : inFile.length > 0 ? inFile : [lastService ?? fallback];
  for (const slug of [project, environment, ...services]) {
    if (!slugPattern.test(slug)) throw wrongName(slug);
  }
  return { project, environment, services };
}

/** `My Model_2` becomes `my-model-2`. */
export function toSlug(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'app' : slug;
}

/** The keys right under `services:`. The server reads the file properly; here the names are enough, so that they can be made before the push. */
export function serviceNamesIn(sconceYaml: string): string[] {
  const lines = sconceYaml.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  const start = lines.findIndex((line) => /^services:\s*(#.*)?$/.test(line));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\S/.test(line));
  const block = end < 0 ? rest : rest.slice(0, end);
  const indent = /^\s*/.exec(block[0] ?? '')?.[0] ?? '';
  return block.flatMap((line) => {
    const name = line.startsWith(indent) ? /^["']?([\w-]+)["']?\s*:/.exec(line.slice(indent.length))?.[1] : undefined;
    return name === undefined ? [] : [name];
  });
}

function wrongName(name: string): CliFailure {
  return new CliFailure(
    `"${name.slice(0, 60)}" is not a name: lower-case letters, digits and inner dashes, at most 40 characters`,
    {
      exitCode: exitCodes.usage,
      code: 'invalid',
      hint: 'Name all three parts: sconce deploy --service project/environment/service',
    },
  );
}
