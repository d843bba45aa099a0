export function ensureComposeReader(progress: { doing: (note: string) => void }): Promise<string>;
