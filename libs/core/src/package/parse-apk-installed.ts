import type { InstalledPackage } from './package-list.ts';
import { parseFields } from './parse-fields.ts';

/** Alpine's `lib/apk/db/installed`: `P:` is a package's name and `V:` its version. (apk-db(5)) */
export function parseApkInstalled(text: string): InstalledPackage[] {
  return [...parseFields(text, ['P', 'V'])].flatMap((fields) => {
    const [name, version] = [fields.get('P'), fields.get('V')];
    return name && version ? [{ name, version }] : [];
  });
}
