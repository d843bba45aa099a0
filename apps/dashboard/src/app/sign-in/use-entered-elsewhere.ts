import { useEffect, useRef } from 'react';
import { enteredChannel } from '../enter.ts';

/** Somebody signed in in another tab of this browser: the cookie is this tab's, too, and nobody need be asked here. */
export function useEnteredElsewhere(onEntered: () => Promise<void>): void {
  const latest = useRef(onEntered);
  latest.current = onEntered;
  useEffect(() => {
    const channel = new BroadcastChannel(enteredChannel);
    // Where it turns out not to be so, the question stands.
    channel.onmessage = () => void latest.current().catch(() => {});
    return () => channel.close();
  }, []);
}
