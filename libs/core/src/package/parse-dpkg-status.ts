import type { InstalledPackage } from './package-list.ts';
import { parseFields } from './parse-fields.ts';

/**
 * `/var/lib/dpkg/status`, or one file of `status.d` as distroless images have them: only what is installed. What was removed leaves its
 * paragraph while its configuration stays. (deb-control(5), dpkg-query(1))
 */
export function parseDpkgStatus(text: string): InstalledPackage[] {
  const found: InstalledPackage[] = [];
  for (const fields of parseFields(text, ['Package', 'Version', 'Status'])) {
    const [name, version, status] = [fields.get('Package'), fields.get('Version'), fields.get('Status')];
    // `want ok state`; files of status.d have none.
    if (name && version && (status === undefined || /^\S+ \S+ installed$/.test(status))) found.push({ name, version });
  }
  return found;
}
