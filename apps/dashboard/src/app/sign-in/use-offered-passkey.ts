import { useEffect, useRef } from 'react';
import { client } from '../../api/client.ts';
import { askPasskey } from '../../api/passkeys.ts';

/** A challenge is good for five minutes; the one that waits in the background is replaced before. */
const renewMs = 4 * 60_000;

/** The browser takes one question at a time: whoever asks for a passkey stops the offer first, and starts it again when nothing came of that. */
export interface OfferedPasskey {
  start(): void;
  stop(): void;
}

/** Passkeys among the suggestions of the address field, where the browser does that. What goes wrong with it is nobody's concern: the button says it. */
export function useOfferedPasskey(isOffered: boolean, onProved: () => Promise<void>): OfferedPasskey {
  const proved = useRef(onProved);
  proved.current = onProved;
  const offer = useRef<OfferedPasskey>({ start: () => {}, stop: () => {} });
  useEffect(() => {
    if (!isOffered) return;
    offer.current = makeOffer(() => proved.current());
    offer.current.start();
    return () => offer.current.stop();
  }, [isOffered]);
  return { start: () => offer.current.start(), stop: () => offer.current.stop() };
}

function makeOffer(onProved: () => Promise<void>): OfferedPasskey {
  let stopped = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    stopped.abort();
  };
  const start = () => {
    stop();
    stopped = new AbortController();
    timer = setTimeout(start, renewMs);
    void waitForPasskey(stopped.signal, onProved).catch(() => {});
  };
  return { start, stop };
}

async function waitForPasskey(signal: AbortSignal, onProved: () => Promise<void>): Promise<void> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.()) || signal.aborted) return;
  const { options } = await client.createSignInChallenge({ body: {}, signal });
  const passkey = await askPasskey(options, { mediation: 'conditional', signal });
  await client.createSession({ body: { passkey } });
  await onProved();
}
