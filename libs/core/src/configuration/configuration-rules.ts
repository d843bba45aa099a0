/** Limits of what a service is told by its environment. Linux refuses one string above 128 KiB and 2 MiB in all when a process starts. */
export const configurationLimits = {
  nameLength: 128,
  valueBytes: 32 * 1024,
  /** Of one owner: an environment, a service or a secret group. */
  valuesPerOwner: 256,
  /** Names and values of one release, all owners together. */
  releaseBytes: 512 * 1024,
} as const;

export interface ConfigurationMistake {
  readonly name: string;
  readonly code: 'invalid_name' | 'reserved_name' | 'too_large' | 'not_text';
  readonly message: string;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Null when the name may be used. The platform sets `PORT` and `SCONCE_*` itself; a process could not tell two of one name apart. */
export function checkConfigurationName(name: string): ConfigurationMistake | null {
  if (name.length > configurationLimits.nameLength || !namePattern.test(name)) {
    const message = `A name holds letters, digits and _, does not start with a digit, and has at most ${configurationLimits.nameLength} characters`;
    return { name: name.slice(0, 60), code: 'invalid_name', message };
  }
  // As a key of a JavaScript object it would not be a key at all.
  const reserved = name === 'PORT' || name.toUpperCase().startsWith('SCONCE_') || name === '__proto__';
  return reserved ? { name, code: 'reserved_name', message: `${name} is set by Sconce itself` } : null;
}

/** Null when a process can be given it: text without NUL, of at most 32 KiB in UTF-8. The message never holds the value. */
export function checkConfigurationValue(name: string, value: string): ConfigurationMistake | null {
  if (value.includes('\0') || !value.isWellFormed()) {
    return {
      name,
      code: 'not_text',
      message: `The value of ${name} is not text: it has a NUL or half a character in it`,
    };
  }
  if (utf8Length(value) <= configurationLimits.valueBytes) return null;
  return {
    name,
    code: 'too_large',
    message: `The value of ${name} is above ${configurationLimits.valueBytes / 1024} KiB`,
  };
}

/** Bytes in UTF-8, counted without an encoder so that this runs anywhere. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else bytes += code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
