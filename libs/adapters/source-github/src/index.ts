export type { GithubAuth } from './github-client.ts';
export { createGithubSourceHost, type GithubSourceHostOptions } from './github-source-host.ts';
