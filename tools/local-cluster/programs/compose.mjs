import { ensureGoProgram } from './go-program.mjs';

/** What docker compose reads a file with. @param {{ doing: (note: string) => void }} progress @returns {Promise<string>} its path */
export const ensureComposeReader = (progress) => ensureGoProgram('compose', { minutes: 'about a minute' }, progress);
