/** Where the platform's own parts, a cluster's and other people's replicas are, and clouds' metadata: never reached from replicas or build steps. In CIDR notation. */
export const privateNetworks: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];
