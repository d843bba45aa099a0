const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.4 GiB`: binary units, three digits at most. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1_023.5 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export const mebibytes = (count: number): string => bytes(count * 1_024 * 1_024);
