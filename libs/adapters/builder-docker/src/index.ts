export { createDockerBuilder, type DockerBuilderOptions } from './docker-builder.ts';
export { type DockerClient, findDockerClient } from './find-docker-client.ts';
