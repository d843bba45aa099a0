import type { InstalledPackage } from './package-list.ts';
import { parseFields } from './parse-fields.ts';

/**
 * The head of a METADATA or PKG-INFO; null when it names no package. What follows the first blank line is a description, and may say
 * anything. (Python packaging, core metadata)
 */
export function parsePythonMetadata(text: string): InstalledPackage | null {
  const [head] = parseFields(text.trimStart(), ['Name', 'Version']);
  const [name, version] = [head?.get('Name'), head?.get('Version')];
  return name && version ? { name: normalPythonName(name), version } : null;
}

/** `Foo_Bar`, `foo.bar` and `foo-bar` are one package. (PEP 503) */
export function normalPythonName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
