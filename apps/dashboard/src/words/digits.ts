/**
 * `1,204`, `0.42`: at most so many decimals, none at the end that say nothing. The browser's own formatter reads its tables when it is first asked, which
 * was a third of the time until the first page answered; `Intl` is not used on it.
 */
export function digits(value: number, mostDecimals = 0): string {
  const [whole = '', decimals = ''] = value.toFixed(mostDecimals).split('.');
  const rest = decimals.replace(/0+$/, '');
  return `${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${rest === '' ? '' : `.${rest}`}`;
}

/** `07`. */
export const twoDigits = (value: number): string => String(value).padStart(2, '0');
