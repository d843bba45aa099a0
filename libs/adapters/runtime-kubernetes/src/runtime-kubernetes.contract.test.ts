import { runtimeContract } from '@sconce/testkit';
import { makeKubernetesUnderTest } from './testing/kubernetes-under-test.ts';

runtimeContract('runtime-kubernetes', makeKubernetesUnderTest, {
  log_streams: 'Kubernetes gives the log of a container as one stream (a query for one output is not on by default)',
});
