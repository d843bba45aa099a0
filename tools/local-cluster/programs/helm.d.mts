export function ensureHelm(progress: { doing: (note: string) => void }): Promise<string>;
