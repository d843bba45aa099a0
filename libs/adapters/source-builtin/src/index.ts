export { beginBranch, type FirstCommit } from './begin-branch.ts';
export { createBuiltinSourceHost } from './builtin-source-host.ts';
export { putBack } from './put-back.ts';
export { createRepository, deleteRepository, repositoryDirectory } from './repository-store.ts';
export type { RefUpdate } from './serve/receive-commands.ts';
export { type GitExchange, type GitServerLimits, serveGit } from './serve/serve-git.ts';
