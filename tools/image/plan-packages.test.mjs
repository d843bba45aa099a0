import { expect, it } from 'vitest';
import { planPackages } from './plan-packages.mjs';

const locked = {
  'apps/api': { dependencies: { '@sconce/db': '1', zod: '1' }, optionalDependencies: { 'only-elsewhere': '1' } },
  'libs/db': { dependencies: { pg: '1', zod: '2' } },
  'node_modules/@sconce/db': { link: true, resolved: 'libs/db' },
  'node_modules/pg': { dependencies: { 'pg-types': '1' } },
  'node_modules/pg/node_modules/pg-types': {},
  'node_modules/pg-types': {},
  'node_modules/zod': {},
  'libs/db/node_modules/zod': {},
  'node_modules/vitest': {},
};

it('takes what runs, from where Node finds it, and nothing else', () => {
  expect(planPackages(locked, ['apps/api'])).toEqual({
    own: ['apps/api', 'libs/db'],
    links: ['node_modules/@sconce/db'],
    packages: [
      'libs/db/node_modules/zod',
      'node_modules/pg',
      'node_modules/pg/node_modules/pg-types',
      'node_modules/zod',
    ],
  });
});
