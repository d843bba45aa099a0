export {
  type ConfigurationRefused,
  type ConfiguredService,
  type FrozenConfiguration,
  freezeConfiguration,
} from './configuration/freeze-configuration.ts';
export * from './configuration/keep-sealed-values.ts';
export * from './configuration/list-variables.ts';
export * from './configuration/open-configuration.ts';
export * from './configuration/read-build-secrets.ts';
export * from './configuration/secret-groups.ts';
export * from './configuration/set-secrets.ts';
export { type SetVariables, setVariables } from './configuration/set-variables.ts';
export type { ConfigurationChanged } from './configuration/write-values.ts';
export * from './deps.ts';
export * from './rejection.ts';
