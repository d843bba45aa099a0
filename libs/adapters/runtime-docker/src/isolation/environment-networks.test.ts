import { describe, expect, it } from 'vitest';
import { chooseSubnet, overlaps, parseRoutes } from './environment-networks.ts';

const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
tun0\t0000C80A\t00000000\t0001\t0\t0\t0\t0000F8FF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
broken
`;

describe('the subnet of a network', () => {
  it('keeps clear of what the machine reaches already, but for its default route', () => {
    const routes = parseRoutes(table);
    expect(routes).toHaveLength(2);
    const isTaken = (subnet: string) => routes.some((route) => overlaps(route, subnet));
    expect(isTaken('10.200.3.0/24')).toBe(true);
    expect(isTaken('10.207.255.0/24')).toBe(true);
    expect(isTaken('10.208.0.0/24')).toBe(false);
    expect(isTaken('172.17.4.0/24')).toBe(true);
    expect(isTaken('172.16.0.0/12')).toBe(true);
    expect(isTaken('192.168.0.0/24')).toBe(false);
  });

  it('is one of 4096, the same each time, another for each attempt', () => {
    const choices = Array.from({ length: 64 }, (_, attempt) => chooseSubnet('scn0123456789ab', attempt));
    expect(new Set(choices).size).toBe(64);
    expect(choices).toContain(chooseSubnet('scn0123456789ab', 63));
    for (const subnet of choices) expect(subnet).toMatch(/^10\.(20\d|21[0-5])\.\d{1,3}\.0\/24$/);
  });
});
