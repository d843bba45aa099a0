import type { CallHead, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { ServiceAnswer } from '../../api/call-service.ts';
import { replicasQuery } from '../../api/queries.ts';
import { releasePath, servicePath } from '../../app/paths.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import { bytes } from '../../words/bytes.ts';
import { took } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './answer.module.css';
import { JsonTree } from './json-tree.tsx';
import { readKind, shownText } from './read-kind.ts';

/** What the service said: how it went, how long it took, who answered; then the answer itself, looked at and never run. */
export function Answer({ service, answer }: { readonly service: Service; readonly answer: ServiceAnswer }) {
  const { head, end } = answer;
  return (
    <section className={styles.answer} aria-label="Answer">
      <p className={styles.facts} role="status">
        <span className={styles.status} data-well={head.status < 400}>
          <StateShape state={head.status < 400 ? 'live' : 'failed'} />
          <strong>{head.status}</strong>
        </span>
        <span>{took(answer.ms)}</span>
        <AnsweredBy service={service} head={head} />
        <span>{bytes(answer.bytes.length)}</span>
        {head.type ? <code>{plainLine(head.type, 60)}</code> : null}
        {end === null ? <span>still coming</span> : null}
      </p>
      {end === 'cut' ? <p className={styles.note}>It goes on; what came first is shown.</p> : null}
      {end === 'broken' ? <p className={styles.note}>It broke off here.</p> : null}
      <Body answer={answer} />
      <details className={styles.fold}>
        <summary>Headers of the answer</summary>
        <dl className={styles.headers}>
          {head.headers.map(([name, value], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a header may come twice, and the list never changes.
            <div key={index}>
              <dt>{plainLine(name, 100)}</dt>
              <dd>{plainLine(value, 1_000)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}

export function AnsweredBy({ service, head }: { readonly service: Service; readonly head: CallHead }) {
  const { from, release, replica } = head;
  const replicas = useQuery(replicasQuery(service.id)).data;
  if (from === 'gateway' || release === null)
    return (
      <span>
        answered by the gateway itself: <Link href={servicePath(service.path, 'logs')}>look at the log</Link>
      </span>
    );
  const name = replica === null ? null : (replicas?.find(({ id }) => id.startsWith(replica))?.name ?? replica);
  return (
    <span>
      <Link href={releasePath(service.path, release)}>{plainLine(release, 20)}</Link>
      {name === null ? '' : `, ${plainLine(name, 40)}`}
    </span>
  );
}

function Body({ answer }: { readonly answer: ServiceAnswer }) {
  const [isRaw, setRaw] = useState(false);
  const { bytes: body, end, head } = answer;
  const kind = useMemo(() => readKind(body, head.type, end !== null), [body, head.type, end]);
  if (body.length === 0) return end === null ? null : <p className={styles.note}>The answer is empty.</p>;
  if ('type' in kind) return <Media bytes={body} type={kind.type} is={kind.is} />;
  return (
    <div className={styles.body}>
      <div className={styles.tools}>
        {kind.is === 'json' ? (
          <Button look="quiet" onClick={() => setRaw(!isRaw)}>
            {isRaw ? 'As a tree' : 'As text'}
          </Button>
        ) : null}
        <CopyButton text={kind.text} what="answer" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label="Body of the answer">
        {kind.is === 'json' && !isRaw ? (
          <JsonTree value={kind.value} />
        ) : (
          <pre>{shownText(kind.is === 'json' ? JSON.stringify(kind.value, null, 2) : kind.text)}</pre>
        )}
      </section>
    </div>
  );
}

interface MediaProps {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly is: 'image' | 'audio' | 'bytes';
}

/** Pictures and sounds of types that run nothing; anything else is a file to save. */
function Media({ bytes: body, type, is }: MediaProps) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([body], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [body, type]);
  if (url === null) return null;
  return (
    <div className={styles.media}>
      {is === 'image' ? <img src={url} alt="What the service answered" /> : null}
      {/* biome-ignore lint/a11y/useMediaCaption: nobody wrote captions for what a model just said. */}
      {is === 'audio' ? <audio src={url} controls aria-label="What the service answered" /> : null}
      <a href={url} download="answer">
        Save the {bytes(body.length)} as a file
      </a>
    </div>
  );
}
