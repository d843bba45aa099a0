import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { bytes } from '../../../words/bytes.ts';
import { plural } from '../../../words/duration.ts';
import { shownText } from '../read-kind.ts';
import { type Message, type MessageLog, mostMessages } from './message-log.ts';
import styles from './socket.module.css';

/** What both said, oldest first. It stays at its end while somebody looks at that, and where it is else. */
export function MessageList({ log }: { readonly log: MessageLog }) {
  const scroll = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  const { messages, dropped } = log;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time there are others.
  useLayoutEffect(() => {
    const { current } = scroll;
    if (current && isAtEnd.current) current.scrollTop = current.scrollHeight;
  }, [messages]);
  return (
    <div className={styles.log}>
      {dropped > 0 ? (
        <p className={styles.note}>
          {plural(dropped, 'older message')} {dropped === 1 ? 'is' : 'are'} not shown: the page keeps the last{' '}
          {mostMessages}, and 8 MiB.
        </p>
      ) : null}
      <section
        ref={scroll}
        className={styles.scroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
        tabIndex={0}
        aria-label="Messages"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {messages.length === 0 ? <p className={styles.note}>Nothing was said yet.</p> : null}
        <ol>
          {messages.map((message) => (
            <Row key={message.key} message={message} />
          ))}
        </ol>
      </section>
    </div>
  );
}

const Row = memo(({ message }: { readonly message: Message }) => {
  const { from, ms, text, data } = message;
  return (
    <li className={styles.row} data-from={from}>
      <span className={styles.about}>
        <span>{from === 'me' ? 'sent' : 'came'}</span>
        <span>{`+${(ms / 1_000).toFixed(3)} s`}</span>
        <span>{bytes(message.bytes)}</span>
      </span>
      {text === null ? <Bytes data={data} /> : <Text text={text} data={data} />}
    </li>
  );
});

function Text({ text, data }: { readonly text: string; readonly data: Message['data'] }) {
  const isWhole = typeof data === 'string' && data.length === text.length;
  return (
    <div className={styles.text}>
      <pre>
        {shownText(text)}
        {isWhole ? '' : '…'}
      </pre>
      {isWhole ? null : (
        <p className={styles.note}>
          {data === null ? 'Its beginning; the rest is not kept.' : 'Its beginning; the whole is in the copy.'}
        </p>
      )}
      {typeof data === 'string' ? <CopyButton text={data} what="message" /> : null}
    </div>
  );
}

function Bytes({ data }: { readonly data: Message['data'] }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url]);
  if (!(data instanceof ArrayBuffer)) return <p className={styles.note}>Bytes, too many to be kept.</p>;
  return (
    <p className={styles.text}>
      <span>bytes</span>{' '}
      <a
        href={url ?? '#'}
        download="message"
        onClick={(event) => {
          const { currentTarget } = event;
          // Made when it is wanted: most are only passed by.
          const made = url ?? URL.createObjectURL(new Blob([data], { type: 'application/octet-stream' }));
          currentTarget.href = made;
          setUrl(made);
        }}
      >
        Save
      </a>
    </p>
  );
}
