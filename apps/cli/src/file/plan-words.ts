import type { FilePlan, FilePlanService } from '@sconce/contract';
import { gpuWords } from '../show/settings-words.ts';
import { valueWords } from '../show/words.ts';
import { cleanText } from '../terminal/clean-text.ts';
import type { Colours } from '../terminal/colours.ts';
import { table } from '../terminal/table.ts';

const signs = { create: '+', change: '~', keep: '=', refuse: '✕' } as const;

/** A plan for people: each service with what changes for it, and what stays although the file says otherwise. */
export function planLines(plan: FilePlan, colours: Colours): string[] {
  const { green, violet, slate, red } = colours;
  const paint = { create: green, change: violet, keep: slate, refuse: red };
  const services = plan.services.flatMap((service) => {
    const about = {
      create: 'is made by the push',
      change: '',
      keep: 'stays as it is',
      refuse: service.message ?? 'is refused',
    };
    const head =
      `${paint[service.action](`${signs[service.action]} ${service.slug}`)}  ${cleanText(about[service.action])}`.trimEnd();
    return [head, ...table(rowsOf(service, colours))];
  });
  return [...services, ...plan.unnamed.map(({ message }) => `  ${cleanText(message)}`)];
}

function rowsOf({ settings, variables, secretGroups }: FilePlanService, { dim, violet }: Colours): string[][] {
  const change = (name: string, from: string | null, to: string | null, note = '') => [
    `    ${cleanText(name)}`,
    from === to ? settingWords(name, to) : `${settingWords(name, from)} -> ${settingWords(name, to)}`,
    note,
  ];
  const { attached, detached, missing } = secretGroups;
  return [
    ...settings.map(({ name, from, to, above }) =>
      change(
        name,
        from,
        to,
        above === undefined
          ? ''
          : violet(`set over the API to ${above === null ? 'none' : settingWords(name, above)}, which stays in force`),
      ),
    ),
    ...variables.map(({ name, from, to }) => change(`env ${name}`, from, to)),
    ...attached.map((slug) => [
      `    secrets ${slug}`,
      'attached',
      missing.includes(slug) ? violet('there is no such group yet') : '',
    ]),
    ...missing
      .filter((slug) => !attached.includes(slug))
      .map((slug) => [`    secrets ${slug}`, '', violet('there is no such group')]),
    ...detached.map((slug) => [`    secrets ${slug}`, dim('detached'), '']),
  ];
}

/** A value as people write it: of a GPU the API tells the object that it is. */
function settingWords(name: string, value: string | null): string {
  if (name !== 'resources.gpu' || value === null) return valueWords(value);
  try {
    return valueWords(gpuWords(JSON.parse(value) as Parameters<typeof gpuWords>[0]));
  } catch {
    return valueWords(value);
  }
}

/** Settings that people set and the file names otherwise: by service, as a change that takes them back. */
export function hiddenSettings(
  plan: FilePlan,
): { readonly service: string; readonly path: string; readonly names: string[] }[] {
  return plan.services.flatMap(({ service, settings }) => {
    const names = settings.flatMap(({ name, above }) => (above === undefined ? [] : [name]));
    return service === null || names.length === 0 ? [] : [{ service: service.id, path: service.path, names }];
  });
}

/** `['resources.gpu', 'build.args']` as a merge patch of a service in which each of them is null. */
export function takeBackPatch(names: readonly string[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const name of names) {
    const parts = name.startsWith('build.') ? name.split('.') : ['settings', ...name.split('.')];
    let at = patch;
    for (const part of parts.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[parts.at(-1) ?? ''] = null;
  }
  return patch;
}

export function changesSomething(plan: FilePlan): boolean {
  return plan.services.some(({ action }) => action === 'create' || action === 'change');
}
