import { type ReactNode, useEffect, useState } from 'react';

/** What stands further down waits until what is above it was painted: a page is there sooner, and nothing moves, since all of this comes below. */
export function AfterPaint({ children }: { readonly children: ReactNode }) {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    // The first frame paints what is there; the second one begins when that is done.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setPainted(true));
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  return isPainted ? children : null;
}
