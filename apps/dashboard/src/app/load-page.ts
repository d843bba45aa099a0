import { type ComponentType, createElement, type FunctionComponent, lazy, useState } from 'react';
import { loadTwice } from '../parts/load-twice.ts';

export interface LaterPage<Props extends object> extends FunctionComponent<Props> {
  /** Fetches its script. What fails is asked for again when the page is shown. */
  readonly preload: () => Promise<void>;
}

/** A page whose script comes when it is needed; where it is there already, the page is drawn at once. The export is named, as everywhere. */
export function laterPage<Name extends string, Props extends object>(
  load: () => Promise<{ readonly [K in Name]: ComponentType<Props> }>,
  name: Name,
): LaterPage<Props> {
  let there: ComponentType<Props> | null = null;
  const keep = (module: { readonly [K in Name]: ComponentType<Props> }) => {
    there = module[name];
    return there;
  };
  const Lazy = lazy(async () => ({ default: keep(await loadPatiently(load)) as ComponentType<object> }));
  const choose = () => there ?? (Lazy as ComponentType<Props>);
  const preload = async () => void (await load().then(keep, () => null));
  return Object.assign((props: Props) => createElement(AsItBegan<Props>, { choose, props }), { preload });
}

/** Another component in the place of one would lose what was typed in it, so what was chosen first stays. */
function AsItBegan<Props extends object>(given: { choose: () => ComponentType<Props>; props: Props }) {
  const [Page] = useState(given.choose);
  return createElement(Page, given.props);
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
