import { useEffect, useState } from 'react';
import { cache } from './cache.ts';

// Kept while the page is open, whoever looks at what meanwhile; gone with everything else when somebody else signs in.
cache.setQueryDefaults(['draft'], { gcTime: Number.POSITIVE_INFINITY });

/** What a person began and did not send yet. It is there again when they come back to it, and closing the page asks first. */
export function useDraft<Draft>(of: string, nothing: Draft): readonly [Draft, (next: Draft) => void] {
  const key = ['draft', of];
  const [draft, setDraft] = useState<Draft>(() => cache.getQueryData<Draft>(key) ?? nothing);
  const isBegun = draft !== nothing;
  useEffect(() => {
    if (!isBegun) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isBegun]);
  const keep = (next: Draft) => {
    setDraft(next);
    if (next === nothing) cache.removeQueries({ queryKey: key, exact: true });
    else cache.setQueryData<Draft>(key, next);
  };
  return [draft, keep];
}
