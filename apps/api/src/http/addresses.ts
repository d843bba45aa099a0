import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Where a request came from, through proxies that are trusted to say so. */
export type AddressReader = (request: IncomingMessage) => string | null;

/**
 * `trusted`: addresses and networks (`10.0.0.0/8`) of proxies in front of the API. Of X-Forwarded-For the last address that is none of theirs counts: all
 * before it is what the sender claims. Without proxies the header is nobody's word. Throws for what is neither.
 */
export function makeAddressReader(trusted: readonly string[]): AddressReader {
  const proxies = new BlockList();
  for (const one of trusted) addTo(proxies, one);
  const isProxy = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (peer === '') return null;
    if (trusted.length === 0 || !isProxy(peer)) return peer;
    const said = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((one) => plain(one.trim()))
      .filter((one) => isIP(one) > 0);
    return said.findLast((one) => !isProxy(one)) ?? peer;
  };
}

function addTo(list: BlockList, text: string): void {
  const [address = '', bits] = text.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const width = family === 'ipv6' ? 128 : 32;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (isIP(address) === 0 || prefix < 0 || prefix > width)
    throw new Error(`"${text.slice(0, 60)}" is no address and no network`);
  list.addSubnet(address, prefix, family);
}

/** IPv4 as such, however the socket writes it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
