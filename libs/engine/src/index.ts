export * from './access/bootstrap-admin.ts';
export * from './access/caller.ts';
export * from './access/create-token.ts';
export * from './access/manage-sessions.ts';
export * from './access/manage-tokens.ts';
export * from './access/sessions.ts';
export * from './access/sign-in-links.ts';
export * from './access/token-text.ts';
export * from './access/users.ts';
export { analyseBuild } from './builds/analyse-build.ts';
export { type BuildWorkspaces, openBuildWorkspaces } from './builds/build-workspaces.ts';
export { cancelBuild } from './builds/cancel-build.ts';
export { type RunBuildDeps, runBuild } from './builds/run-build.ts';
export { type StartBuild, startBuild } from './builds/start-build.ts';
export { sweepUnfinished } from './builds/sweep-unfinished.ts';
export { type CancelWatch, watchCancels } from './builds/watch-cancels.ts';
export * from './calls/call-examples.ts';
export {
  type AddCluster,
  addCluster,
  type ClusterSettings,
  removeCluster,
  updateCluster,
} from './clusters/added-clusters.ts';
export { createKnownClusters, type KnownCluster, type KnownClusters } from './clusters/known-clusters.ts';
export { type ClusterObserver, createClusterObserver } from './clusters/observe-cluster.ts';
export { type ClusterRoutes, routeByCluster } from './clusters/route-by-cluster.ts';
export {
  type ConfigurationRefused,
  type ConfiguredService,
  type FrozenConfiguration,
  freezeConfiguration,
} from './configuration/freeze-configuration.ts';
export * from './configuration/keep-sealed-values.ts';
export * from './configuration/list-variables.ts';
export * from './configuration/open-configuration.ts';
export * from './configuration/secret-groups.ts';
export * from './configuration/set-secrets.ts';
export { type SetVariables, setVariables } from './configuration/set-variables.ts';
export type { ConfigurationChanged } from './configuration/write-values.ts';
export { abandonDelivery, processDelivery } from './deliveries/process-delivery.ts';
export * from './deliveries/record-deliveries.ts';
export { runOutboxRelay } from './deliveries/run-outbox-relay.ts';
export * from './deliveries/service-file/parse-service-file.ts';
export type { SourceHosts } from './deliveries/source-hosts.ts';
export * from './deps.ts';
export * from './execs/create-exec.ts';
export * from './execs/open-exec.ts';
export * from './execs/run-exec.ts';
export { collectImages } from './images/collect-images.ts';
export { publishBeforeApply } from './images/publish-before-apply.ts';
export { keepPackagesKnown, readNextPackages } from './images/read-packages.ts';
export { type CollectorDeps, collectLogs, type LogCollector } from './logs/collect-logs.ts';
export { measureUsage } from './metrics/measure-usage.ts';
export { recordTraffic, type TrafficReport } from './metrics/record-traffic.ts';
export { planExample, planRepository, type RepositoryPlan } from './plans/plan-repository.ts';
export * from './projects/branch-rules.ts';
export * from './projects/deploy-from.ts';
export * from './projects/environments.ts';
export * from './projects/plan-service-file.ts';
export * from './projects/projects.ts';
export * from './projects/repositories.ts';
export * from './projects/services.ts';
export * from './rejection.ts';
export {
  type CreatedRelease,
  createReleaseIn,
  type NewReleaseInput,
  type ReleaseCause,
  type ReleaseRefused,
} from './releases/create-release.ts';
export { type DeployService, deployService, type ImageSource } from './releases/deploy-service.ts';
export { deploySettings } from './releases/deploy-settings.ts';
export { type RollBackService, type RolledBack, rollBackService, unpinService } from './releases/roll-back-service.ts';
export { keepRepositoriesTidy, type TidyRounds } from './repositories/keep-repositories-tidy.ts';
export { cleanUpRuntime } from './rollouts/clean-up-runtime.ts';
export { foreseeRollout } from './rollouts/foresee-rollout.ts';
export { holdLeadership, type Leadership } from './rollouts/hold-leadership.ts';
export { createReconcileLoop, type ReconcileLoop } from './rollouts/reconcile-loop.ts';
export { type Outcome, reconcileService } from './rollouts/reconcile-service.ts';
export {
  emptyMemory,
  type Fence,
  LeadershipLost,
  type ReconcilerDeps,
  type ServiceMemory,
} from './rollouts/reconciler-deps.ts';
export { createRoomToFree } from './rollouts/room-to-free.ts';
export { abortRollout, pauseRollout, resumeRollout, type SteerRollout } from './rollouts/steer-rollout.ts';
export { type PublishedRoutes, publishRoutes, publishRoutesIn } from './routes/publish-routes.ts';
export * from './sign-in/manage-passkeys.ts';
export * from './sign-in/manage-password.ts';
export { ownsAccount } from './sign-in/own-account.ts';
export type { PasskeyDeps } from './sign-in/passkey-challenges.ts';
export * from './sign-in/prove-identity.ts';
export * from './sign-in/register-passkey.ts';
export * from './sign-in/sign-in-challenge.ts';
