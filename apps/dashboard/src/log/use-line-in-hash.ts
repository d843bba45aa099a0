import { useSyncExternalStore } from 'react';

/** `#L123` in the address points at a line; null where it points at none. */
export function useLineInHash(): number | null {
  return useSyncExternalStore(
    (listener) => {
      addEventListener('hashchange', listener);
      return () => removeEventListener('hashchange', listener);
    },
    () => {
      const number = /^#L(\d{1,12})$/.exec(location.hash)?.[1];
      return number === undefined ? null : Number(number);
    },
  );
}
