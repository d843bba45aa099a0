import type { SocketHead } from '@sconce/contract';
import { useEffect, useRef, useState } from 'react';
import { openSocket, type SocketWish } from '../../../api/open-socket.ts';
import { emptyLog, type Message, type MessageLog, makeMessage, withMessages } from './message-log.ts';

export interface Talk {
  readonly phase: 'opening' | 'open' | 'closed';
  readonly head: SocketHead | null;
  readonly error: unknown;
  readonly end: { readonly code: number; readonly reason: string } | null;
  readonly log: MessageLog;
}

const begun: Talk = { phase: 'opening', head: null, error: null, end: null, log: emptyLog };
/** A service may say thousands a second; they are shown a few times in one. */
const showEveryMs = 100;

/** One socket at a time; it ends with the page that shows it. */
export function useSocket() {
  const [talk, setTalk] = useState<Talk | null>(null);
  const running = useRef<Running | null>(null);
  useEffect(() => () => running.current?.leave(), []);
  return {
    talk,
    open: (wish: SocketWish) => {
      running.current?.leave();
      setTalk(begun);
      running.current = run(wish, (change) => setTalk((now) => now && change(now)));
    },
    send: (data: string | ArrayBuffer) => running.current?.send(data),
    close: (code: number, reason: string) => running.current?.close(code, reason),
  };
}

interface Running {
  send(data: string | ArrayBuffer): void;
  close(code: number, reason: string): void;
  /** Nothing is heard of it any more. */
  leave(): void;
}

function run(wish: SocketWish, change: (to: (talk: Talk) => Talk) => void): Running {
  const openedAt = performance.now();
  let waiting: Message[] = [];
  let timer: number | null = null;
  let isHeard = true;
  const flush = () => {
    const added = waiting;
    waiting = [];
    timer = null;
    if (isHeard && added.length > 0) change((talk) => ({ ...talk, log: withMessages(talk.log, added) }));
  };
  const note = (from: Message['from'], data: string | ArrayBuffer) => {
    waiting.push(makeMessage(from, data, performance.now() - openedAt));
    timer ??= window.setTimeout(flush, showEveryMs);
  };
  const hear = (to: (talk: Talk) => Talk) => {
    if (isHeard) change(to);
  };
  const socket = openSocket(wish, {
    onHead: (head) => hear((talk) => ({ ...talk, head, phase: head.status === 101 ? 'open' : talk.phase })),
    onProblem: (error) => hear((talk) => ({ ...talk, error })),
    onMessage: (data) => note('service', data),
    onClose: (end) => {
      flush();
      hear((talk) => ({ ...talk, phase: 'closed', end }));
    },
  });
  return {
    send: (data) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(data);
      note('me', data);
    },
    close: (code, reason) => socket.close(code, reason),
    leave: () => {
      isHeard = false;
      if (timer !== null) window.clearTimeout(timer);
      socket.close();
    },
  };
}
