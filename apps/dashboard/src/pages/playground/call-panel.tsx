import type { Service } from '@sconce/contract';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { callService, type ServiceAnswer } from '../../api/call-service.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { makeCall } from '../../words/actions/read-actions.ts';
import { Answer } from './answer.tsx';
import { AsCode } from './as-code.tsx';
import { type CallDraft, encodedPath, mistakeIn, toCall } from './call-draft.ts';
import { InputField } from './input-field.tsx';
import { KeepExample } from './kept-examples.tsx';
import styles from './playground.module.css';

type Outcome =
  | { readonly is: 'asking' }
  | { readonly is: 'answered'; readonly answer: ServiceAnswer }
  | { readonly is: 'refused'; readonly error: unknown };

interface CallPanelProps {
  readonly service: Service;
  readonly draft: CallDraft;
  /** Somebody changed it already: until then nothing of it is a mistake of theirs. */
  readonly isTyped: boolean;
  readonly formRef: RefObject<HTMLFormElement | null>;
  readonly onChange: (draft: CallDraft) => void;
}

/** What a call sends, and what is answered. */
export function CallPanel({ service, draft, isTyped, formRef, onChange }: CallPanelProps) {
  const { outcome, send, stop } = useCall();
  const mistake = mistakeIn(draft);
  const isAsking = outcome?.is === 'asking' || (outcome?.is === 'answered' && outcome.answer.end === null);
  return (
    <>
      <form
        ref={formRef}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (mistake === null) send(service.id, draft);
        }}
      >
        <InputField draft={draft} onChange={onChange} />
        <div className={styles.actions}>
          <Button type="submit" look="primary" busy={isAsking} disabled={mistake !== null && isTyped}>
            Send
          </Button>
          {isAsking ? <Button onClick={stop}>Stop</Button> : null}
          <KeepExample service={service} draft={draft} />
          {mistake !== null ? <span className={styles.soft}>{mistake}</span> : null}
        </div>
      </form>
      {outcome?.is === 'refused' ? <Problem error={outcome.error} what="The call was not made" /> : null}
      {outcome?.is === 'answered' ? <Answer service={service} answer={outcome.answer} /> : null}
      <AsCode base={service.urls.path} draft={draft} />
      <AsCommand {...makeCall(service.path, draft.method, encodedPath(draft.path))} />
    </>
  );
}

/** One call at a time; a new one leaves the one before. */
function useCall() {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const stop = () => {
    running.current?.abort();
    setOutcome((now) => (now?.is === 'answered' ? { is: 'answered', answer: { ...now.answer, end: 'cut' } } : null));
  };
  const send = (service: string, draft: CallDraft) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setOutcome({ is: 'asking' });
    callService(toCall(service, draft), (answer) => setOutcome({ is: 'answered', answer }), mine.signal).catch(
      (error: unknown) => {
        if (!mine.signal.aborted) setOutcome({ is: 'refused', error });
      },
    );
  };
  return { outcome, send, stop };
}
