import { z } from 'zod';
import { reading, relaying, removing, upgrading, writing } from '../shape/endpoint.ts';
import { deleted, listOfItems } from '../shape/field.ts';
import * as nouns from './call.ts';
import { callMethods } from './call-head.ts';

export const callEndpoints = {
  createCall: relaying({
    path: '/v1/services/{service}/calls',
    summary: 'Call a service through the gateway: any body goes to it as it is, and its answer comes back as data',
    permission: 'deploy',
    query: { method: z.enum(callMethods), path: nouns.callPath },
    reply: nouns.callPlan,
  }),
  openSocket: upgrading({
    path: '/v1/services/{service}/socket',
    summary:
      'Open a WebSocket to a service through the gateway (Upgrade: websocket); without an upgrade, say where it leads',
    permission: 'deploy',
    query: { path: nouns.callPath, protocols: nouns.socketProtocols.optional() },
    reply: nouns.socketPlan,
  }),
  listCallExamples: reading({
    path: '/v1/services/{service}/call-examples',
    summary: 'Examples of calls that the team keeps for a service',
    permission: 'read',
    reply: listOfItems(nouns.callExampleSummary),
  }),
  getCallExample: reading({
    path: '/v1/services/{service}/call-examples/{name}',
    summary: 'One example, with what it sends',
    permission: 'read',
    reply: nouns.callExample,
  }),
  putCallExample: writing('PUT', {
    path: '/v1/services/{service}/call-examples/{name}',
    summary: 'Keep an example of a call; one of this name is replaced',
    permission: 'write',
    body: nouns.callExamplePut,
    reply: nouns.callExample,
  }),
  deleteCallExample: removing({
    path: '/v1/services/{service}/call-examples/{name}',
    summary: 'Forget an example',
    permission: 'write',
    reply: deleted,
  }),
};
