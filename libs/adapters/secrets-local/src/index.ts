export { type KeyRing, KeysUnusable, type Purpose, withoutPrivateHalves } from './key-ring.ts';
export * from './keys-file.ts';
export * from './sealer.ts';
