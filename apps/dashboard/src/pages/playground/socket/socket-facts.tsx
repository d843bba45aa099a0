import type { Service } from '@sconce/contract';
import { StateShape } from '../../../parts/state-mark.tsx';
import { bytes } from '../../../words/bytes.ts';
import { took } from '../../../words/duration.ts';
import { plainLine } from '../../../words/plain-text.ts';
import answerStyles from '../answer.module.css';
import { AnsweredBy } from '../answer.tsx';
import { shownText } from '../read-kind.ts';
import type { Talk } from './use-socket.ts';

/** How it stands: open or closed and why, who answered, and how much was said. */
export function SocketFacts({ service, talk }: { readonly service: Service; readonly talk: Talk }) {
  const { phase, head, end, log } = talk;
  const isOpened = head?.status === 101;
  const isWell = phase === 'open' || (isOpened && (end?.code === 1000 || end?.code === 1005));
  return (
    <section className={answerStyles.answer} aria-label="Connection">
      <p className={answerStyles.facts} role="status">
        {phase === 'opening' ? (
          <span>connecting</span>
        ) : (
          <span className={answerStyles.status} data-well={isWell}>
            <StateShape state={isWell ? 'live' : 'failed'} />
            <strong>{phase === 'open' ? 'open' : isOpened ? 'closed' : (head?.status ?? 'not opened')}</strong>
          </span>
        )}
        {head ? <span>{took(head.firstByteMs)}</span> : null}
        {head ? <AnsweredBy service={service} head={head} /> : null}
        {head?.protocol ? <code>{plainLine(head.protocol, 60)}</code> : null}
        {isOpened ? <span>{`sent ${bytes(log.bytes.me)}, came ${bytes(log.bytes.service)}`}</span> : null}
      </p>
      {end && isOpened ? (
        <p className={answerStyles.note}>
          Closed with code {end.code}
          {end.reason ? `: ${plainLine(end.reason, 130)}` : `, ${meaningOf(end.code)}`}
        </p>
      ) : null}
      {head && !isOpened ? (
        <>
          <p className={answerStyles.note}>The service answered, and opened no WebSocket.</p>
          {head.text ? (
            <div className={answerStyles.body}>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard. */}
              <section className={answerStyles.scroll} tabIndex={0} aria-label="Body of the answer">
                <pre>{shownText(head.text)}</pre>
              </section>
            </div>
          ) : null}
        </>
      ) : null}
    </section>
  );
}

/** Of those that are sent without a reason, or that a browser makes up (RFC 6455 section 7.4.1). */
function meaningOf(code: number): string {
  const known: Readonly<Record<number, string>> = {
    1000: 'as agreed',
    1001: 'since one side goes away',
    1005: 'which stands for none',
    1006: 'since the connection broke off',
    1011: 'since the service could not go on',
  };
  return known[code] ?? 'without a reason';
}
