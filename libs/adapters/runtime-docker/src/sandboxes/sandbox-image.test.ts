import { describe, expect, it } from 'vitest';
import { makeSandboxImage } from './sandbox-image.ts';

describe('makeSandboxImage', () => {
  it.each([
    ['x86_64', 62],
    ['aarch64', 183],
  ])('makes an executable of a few bytes for %s, the same each time', async (architecture, machine) => {
    const image = makeSandboxImage(architecture);
    const archive = (await image?.archive()) ?? Buffer.alloc(0);
    expect(archive).toEqual(await makeSandboxImage(architecture)?.archive());
    const program = archive.subarray(512);
    expect(program.toString('latin1', 0, 4)).toBe('\x7fELF');
    expect(program.readUInt16LE(18)).toBe(machine);
    expect(Number.parseInt(archive.toString('latin1', 100, 107), 8)).toBe(0o755);
    expect(Number.parseInt(archive.toString('latin1', 124, 135), 8)).toBeLessThan(160);
  });

  it('has another name for other contents', () => {
    expect(makeSandboxImage('x86_64')?.name).toMatch(/^sconce-sandbox:[0-9a-f]{12}$/);
    expect(makeSandboxImage('x86_64')?.name).not.toBe(makeSandboxImage('aarch64')?.name);
  });

  it('knows no other machines', () => {
    expect(makeSandboxImage('s390x')).toBeNull();
  });
});
