import { expect, it } from 'vitest';
import { parseMounts } from './namespaces.mjs';

it('reads paths with blanks, and types past any number of optional fields', () => {
  const text = [
    '22 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw',
    '36 22 0:4 net:[4026532281] /home/ana/my\\040clone/network rw - nsfs nsfs rw',
    '',
  ].join('\n');
  expect(parseMounts(text)).toEqual([
    { path: '/', type: 'ext4' },
    { path: '/home/ana/my clone/network', type: 'nsfs' },
  ]);
});
