import { useCallback, useState } from 'react';
import { mistakeOf } from './mistake-of.ts';

/** One try at a time, and what came of the last one. */
export function useTry() {
  const [busy, setBusy] = useState(false);
  const [mistake, setMistake] = useState<string | null>(null);
  /** Answers whether it worked. */
  const run = useCallback(async (work: () => Promise<void>): Promise<boolean> => {
    setBusy(true);
    setMistake(null);
    try {
      await work();
      return true;
    } catch (error) {
      setMistake(mistakeOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, mistake, setMistake, run };
}
