/** What keys do, as a person presses them: `g b` is g, then b within a second. */
export const keyTable = [
  { keys: 'Ctrl K', does: 'Find anything' },
  { keys: '?', does: 'These keys' },
  { keys: 'g h', does: 'All projects' },
  { keys: 'g p', does: 'The project' },
  { keys: 'g s', does: 'The service, or the services around' },
  { keys: 'g b', does: 'Builds of the service' },
  { keys: 'g r', does: 'Releases of the service' },
  { keys: 'g l', does: 'Logs of the service' },
  { keys: 'g v', does: 'Variables and secrets' },
  { keys: 'g a', does: 'Activity' },
  { keys: 'g o', does: 'Settings of the service or project' },
  { keys: 'g n', does: 'Node pools' },
  { keys: 'g t', does: 'Your tokens' },
  { keys: 'j', does: 'Next row' },
  { keys: 'k', does: 'Row before' },
  { keys: '.', does: 'Actions' },
  { keys: '/', does: 'Filter the page' },
] as const;

export type Keys = (typeof keyTable)[number]['keys'];

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const sequenceMs = 1_000;

/** Reads presses one after the other. Answers what they mean, or null. Keep one per page. */
export function createKeyReader(now: () => number): (pressed: Pressed) => Keys | null {
  let leader: { key: string; atMs: number } | null = null;
  return ({ key, ctrlKey, metaKey, altKey }) => {
    if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'k') return 'Ctrl K';
    if (ctrlKey || metaKey || altKey || key.length !== 1) return null;
    const before = leader !== null && now() - leader.atMs < sequenceMs ? `${leader.key} ` : '';
    leader = key === 'g' && before === '' ? { key, atMs: now() } : null;
    const wanted = `${before}${key}`;
    return keyTable.find(({ keys }) => keys === wanted)?.keys ?? null;
  };
}
