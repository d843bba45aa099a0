import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone this file is in. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Where this installation keeps everything of its own: data, logs, pid files, keys. */
export const home = resolve(root, process.env.SCONCE_HOME ?? '.sconce');

export const inHome = (...parts) => join(home, ...parts);
export const inRoot = (...parts) => join(root, ...parts);

export function makeFolder(path, mode = 0o755) {
  mkdirSync(dirname(path), { recursive: true });
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  return path;
}

/** @returns {any} null where there is no such file, or it is not JSON (half written before a power cut, say) */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whole or not at all: readers never see half a file. */
export function writeFile(path, text, mode = 0o600) {
  makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

export const writeJson = (path, value, mode) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`, mode);
