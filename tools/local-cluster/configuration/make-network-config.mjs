/**
 * How pods are connected: each by a pair of interfaces and a route, with addresses of one range. Not by a bridge: on one, what pods
 * say to each other passes by the node's rules (Services, policies) unless the kernel's br_netfilter is there.
 * Source: the CNI specification, 1.0.0
 * @param {{ podRange: string, leasesFolder: string }} network
 */
export function makeNetworkConfig({ podRange, leasesFolder }) {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipam: {
          type: 'host-local',
          dataDir: leasesFolder,
          ranges: [[{ subnet: podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}
