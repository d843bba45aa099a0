export { createDockerImagePublisher, type DockerImagePublisherOptions } from './docker-image-publisher.ts';
export { createDockerImageRegistry, type DockerImageRegistryOptions } from './docker-image-registry.ts';
export { ImageStoreUnavailable } from './image-store-unavailable.ts';
export { createDockerPackageReader, type DockerPackageReaderOptions } from './packages/docker-package-reader.ts';
