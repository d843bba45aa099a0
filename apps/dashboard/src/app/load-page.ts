import { type ComponentType, lazy } from 'react';
import { loadTwice } from '../parts/load-twice.ts';

/** A page whose script comes when it is needed. The export is named, as everywhere. */
export function laterPage<Name extends string, Props extends object>(
  load: () => Promise<{ readonly [K in Name]: ComponentType<Props> }>,
  name: Name,
) {
  return lazy(async () => ({ default: (await loadPatiently(load))[name] }));
}

/**
 * A page of an older version asks for files that are gone: where the server has another version by now, that one is one reload away. Otherwise the
 * error boundary says what is wrong.
 */
async function loadPatiently<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await loadTwice(load);
  } catch (error) {
    if (!(await isOutdated())) throw error;
    location.reload();
    return new Promise(() => {});
  }
}

async function isOutdated(): Promise<boolean> {
  const own = document.querySelector('script[type=module]')?.getAttribute('src');
  const page = await fetch('/', { cache: 'no-store' }).then((answer) => (answer.ok ? answer.text() : null));
  return typeof own === 'string' && page !== null && !page.includes(own);
}
