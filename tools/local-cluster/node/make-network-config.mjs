/**
 * How pods are connected: to a bridge, with addresses of one range. Source: the CNI specification, 1.0.0
 * @param {{ bridge: string, podRange: string, leasesFolder: string }} network
 */
export function makeNetworkConfig({ bridge, podRange, leasesFolder }) {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        // A pod reaches itself by its own Service.
        hairpinMode: true,
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
