import type { Role } from '@sconce/contract';

export const roleWords: Readonly<Record<Role, string>> = {
  viewer: 'Viewer: sees everything but values',
  developer: 'Developer: deploys and changes services',
  admin: 'Administrator: also members, tokens and removal',
};
