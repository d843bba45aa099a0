import type { CommandGroup, CommandSpec } from './command-spec.ts';
import { accessCommands } from './groups/access-commands.ts';
import { configurationCommands } from './groups/configuration-commands.ts';
import { deployCommands } from './groups/deploy-commands.ts';
import { fileCommands } from './groups/file-commands.ts';
import { machineCommands } from './groups/machine-commands.ts';
import { placeCommands } from './groups/place-commands.ts';
import { releaseCommands } from './groups/release-commands.ts';
import { serviceCommands } from './groups/service-commands.ts';
import { sourceCommands } from './groups/source-commands.ts';

/** Every command there is, in the order in which help shows them. */
export const commandTable: readonly CommandGroup[] = [
  { heading: 'Every day', commands: [...deployCommands, ...fileCommands] },
  { heading: 'Services', commands: [...serviceCommands, ...configurationCommands] },
  { heading: 'Builds and releases', commands: releaseCommands },
  { heading: 'Places and sources', commands: [...placeCommands, ...sourceCommands] },
  { heading: 'People and access', commands: accessCommands },
  { heading: 'This machine', commands: machineCommands },
];

/** `builds`, `builds list`, `builds show`, ...: what can be typed after `sconce`, without what is hidden. */
export function listCommandPaths(): string[] {
  const pathsOf = (spec: CommandSpec, above: string): string[] =>
    spec.hidden
      ? []
      : [`${above}${spec.name}`, ...(spec.commands ?? []).flatMap((inner) => pathsOf(inner, `${above}${spec.name} `))];
  return commandTable.flatMap(({ commands }) => commands.flatMap((spec) => pathsOf(spec, '')));
}
