import { useState } from 'react';

/** The version that a change is made against: as it was when it was begun, until the person has said that they know of a newer one. Null: there is none. */
export function useSeen(begun: number | null, now: number | null) {
  const [version, setVersion] = useState(begun);
  return {
    version,
    /** Somebody else was quicker. */
    isOther: version !== null && now !== version,
    renew: () => setVersion(now),
  };
}
