export function makeImage(name: string, options?: { push?: boolean }): Promise<void>;
