import { describe, expect, it } from 'vitest';
import { installLine } from './packages.mjs';

describe('installLine', () => {
  it('is one line for all things, in the words of the package manager', () => {
    expect(installLine(['git', 'docker'], 'apt')).toBe(
      'sudo apt-get install -y --no-install-recommends git docker.io iptables',
    );
    expect(installLine(['redis', 'postgres'], 'dnf')).toBe('sudo dnf install -y redis postgresql-server');
    expect(installLine(['git'], 'brew')).toBe('brew install git');
  });

  it('is nothing where there is no manager, or none of the things has a package', () => {
    expect(installLine(['git'], null)).toBeNull();
    expect(installLine(['docker'], 'brew')).toBeNull();
  });
});
