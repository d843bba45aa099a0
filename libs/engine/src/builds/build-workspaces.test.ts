import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openBuildWorkspaces } from './build-workspaces.ts';

const root = mkdtempSync(join(tmpdir(), 'sconce-workspaces-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('gives every build a private directory of its own, and takes it away', async () => {
  const workspaces = openBuildWorkspaces(root);
  const [one, two] = await Promise.all([workspaces.create('bld_1'), workspaces.create('bld_1')]);
  expect(one.directory).not.toBe(two.directory);
  expect(statSync(one.directory).mode & 0o777).toBe(0o700);
  writeFileSync(join(one.directory, 'file'), 'x');
  await one.remove();
  expect([existsSync(one.directory), existsSync(two.directory)]).toEqual([false, true]);
  await workspaces.close();
  expect(existsSync(two.directory)).toBe(false);
});

it('sweeps what dead workers left, and nothing else', async () => {
  const living = await openBuildWorkspaces(root).create('bld_1');
  const put = (name: string) => {
    mkdirSync(join(root, name, 'bld_x'), { recursive: true });
    return join(root, name);
  };
  const dead = [put(`worker.${hostname()}.999999999.123`), put(`worker.${hostname()}.${process.pid}.1`)];
  const others = [put(`worker.elsewhere.999999999.123`), put('something'), put(`worker.${hostname()}.x`)];
  expect(await openBuildWorkspaces(root).sweep()).toBe(2);
  expect(dead.filter(existsSync)).toEqual([]);
  expect([...others, living.directory].filter(existsSync)).toHaveLength(4);
});

it('has nothing to sweep where nobody worked yet', async () => {
  expect(await openBuildWorkspaces(join(root, 'not-there')).sweep()).toBe(0);
});
