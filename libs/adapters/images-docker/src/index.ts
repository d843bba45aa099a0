export {
  createDockerImageRegistry,
  type DockerImageRegistryOptions,
  ImageStoreUnavailable,
} from './docker-image-registry.ts';
