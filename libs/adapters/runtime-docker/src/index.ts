export { createDockerRuntime, type DockerRuntime, type DockerRuntimeOptions } from './create-docker-runtime.ts';
