import { mustRun, run } from '../../bootstrap/machine/command.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { firstPlace, secondNode } from '../settings/local-nodes.mjs';
import { inNetwork, networkFileOf } from './namespaces.mjs';

const linkName = 'node-2';
const attempt = 'Connecting the second node with the first';
const ipIn = (place, args) => {
  const [program, ...rest] = inNetwork(['ip', ...args], place);
  return mustRun(attempt, program, rest);
};

/** A pair of interfaces between the two nodes: the second one reaches everything through the first, and is reached so. */
export async function connectSecondNode(record) {
  const { nodeAddress, secondGateway, secondAddress, secondPodRange, secondPodGateway, secondBlock } =
    addressesOf(record);
  const { place } = secondNode(record);
  const shown = inNetwork(['ip', 'link', 'show', linkName], firstPlace);
  if ((await run(shown[0], shown.slice(1))).code !== 0) {
    const peer = ['peer', 'name', 'uplink', 'netns', networkFileOf(place)];
    await ipIn(firstPlace, ['link', 'add', linkName, 'type', 'veth', ...peer]);
    await ipIn(firstPlace, ['addr', 'add', `${secondGateway}/25`, 'dev', linkName]);
    await ipIn(firstPlace, ['link', 'set', linkName, 'up']);
    await ipIn(firstPlace, ['route', 'replace', secondPodRange, 'via', secondAddress]);
    await ipIn(place, ['addr', 'add', `${secondAddress}/25`, 'dev', 'uplink']);
    await ipIn(place, ['link', 'set', 'uplink', 'up']);
    await ipIn(place, ['route', 'add', 'default', 'via', secondGateway]);
    await ipIn(place, ['addr', 'add', `${secondPodGateway}/32`, 'dev', 'lo']);
    const forward = inNetwork(['/bin/sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward'], place);
    await mustRun(attempt, forward[0], forward.slice(1));
  }
  await mustRun(attempt, 'ip', ['route', 'replace', secondBlock, 'via', nodeAddress]);
}
