import { upgrading, writing } from '../shape/endpoint.ts';
import { exec, execCreate } from './exec.ts';

export const execEndpoints = {
  createExec: writing('POST', {
    path: '/v1/services/{service}/execs',
    summary: 'Prepare a command, or a terminal, in a replica; it begins when it is opened, within a minute',
    permission: 'exec',
    body: execCreate,
    reply: exec,
  }),
  openExec: upgrading({
    path: '/v1/services/{service}/execs/{exec}',
    summary:
      'Begin what was prepared, over a WebSocket (Upgrade: websocket), once; without an upgrade, say what it would be',
    permission: 'exec',
    query: {},
    reply: exec,
  }),
};
