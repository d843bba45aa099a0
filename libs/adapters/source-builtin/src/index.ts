export { createBuiltinSourceHost } from './builtin-source-host.ts';
export { createRepository, deleteRepository, repositoryDirectory, tidyRepository } from './repository-store.ts';
export type { RefUpdate } from './serve/receive-commands.ts';
export { type GitExchange, type GitServerLimits, serveGit } from './serve/serve-git.ts';
