export { type Connection, connect, inCluster, readKubeConfig } from './connect.ts';
export type {
  Condition,
  ContainerEnd,
  ContainerResources,
  ContainerState,
  ContainerStatus,
  DeploymentFacts,
  ListOf,
  Metadata,
  NodeFacts,
  ObjectFacts,
  PodFacts,
} from './facts.ts';
export { type ApiRequest, createKubernetesApi, type KubernetesApi, type Query } from './kubernetes-api.ts';
export {
  type ApiStatus,
  isConflict,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  KubernetesRefused,
  toUnavailable,
} from './kubernetes-errors.ts';
export { fieldManager, homeLabel, homeLabelName, selector } from './labels.ts';
export type { Manifest } from './manifest.ts';
export { createObjects, type Kind, type Objects, pathOf } from './objects.ts';
export { privateNetworks } from './private-networks.ts';
export { type ChannelOutput, type ChannelProcess, channelProtocol, speakChannels } from './speak-channels.ts';
export { toKubeConfig } from './to-kube-config.ts';
