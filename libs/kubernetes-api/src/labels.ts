import { createHash } from 'node:crypto';

/** As which fields are owned in server-side apply. */
export const fieldManager = 'sconce';
/** The installation: two of them on one cluster never touch each other. */
export const homeLabelName = 'sconce.dev/home';

/** A home may be a path or hold anything else; a label may not. */
export function homeLabel(home: string): string {
  return /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(home)
    ? home
    : createHash('sha256').update(home).digest('hex').slice(0, 32);
}

/** `a=b,c=d`, as `labelSelector` takes it. */
export function selector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
