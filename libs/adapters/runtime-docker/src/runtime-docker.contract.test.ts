import { runtimeContract } from '@sconce/testkit';
import { makeDockerUnderTest } from './testing/docker-under-test.ts';

runtimeContract('runtime-docker', makeDockerUnderTest);
