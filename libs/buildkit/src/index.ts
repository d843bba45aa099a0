export { cacheScopeArgument, checkBuildInputs } from './check-build-inputs.ts';
export { explainFailure, type FailureFacts } from './explain-failure.ts';
export { limitReached } from './limit-reached.ts';
export { type BuildPaths, resolveBuildPaths } from './resolve-build-paths.ts';
