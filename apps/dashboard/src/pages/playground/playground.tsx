import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { callService, type ServiceAnswer } from '../../api/call-service.ts';
import { useMay } from '../../api/rights.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { makeCall } from '../../words/actions/read-actions.ts';
import { likeliest } from '../../words/open-api.ts';
import { Answer } from './answer.tsx';
import { AsCode } from './as-code.tsx';
import { type CallDraft, draftOf, emptyDraft, encodedPath, mistakeIn, toCall, withFile } from './call-draft.ts';
import { CallLine } from './call-line.tsx';
import { InputField } from './input-field.tsx';
import { KeepExample, KeptExamples } from './kept-examples.tsx';
import { operationsQuery } from './operations-query.ts';
import styles from './playground.module.css';

type Outcome =
  | { readonly is: 'asking' }
  | { readonly is: 'answered'; readonly answer: ServiceAnswer }
  | { readonly is: 'refused'; readonly error: unknown };

/** Calls the model from the page. It goes through the platform, as the person who is signed in; callers of their own use the gateway's address. */
export function Playground({ service }: { readonly service: Service }) {
  const may = useMay(service.project.slug, 'deploy');
  if (!service.live)
    return <p className={styles.soft}>Nothing is live yet. Once a release is, it can be called from here.</p>;
  if (!may)
    return (
      <p className={styles.soft}>Calling a service from here needs the role developer in {service.project.slug}.</p>
    );
  return <LivePlayground service={service} release={service.live.release.id} />;
}

function LivePlayground({ service, release }: { readonly service: Service; readonly release: string }) {
  const operations = useQuery(operationsQuery(service.id, release));
  const [typed, setTyped] = useState<CallDraft | null>(null);
  const { outcome, send, stop } = useCall();
  const known = operations.data ?? [];
  const first = likeliest(known);
  const draft = typed ?? (first ? draftOf(first) : emptyDraft);
  const mistake = mistakeIn(draft);
  const isAsking = outcome?.is === 'asking' || (outcome?.is === 'answered' && outcome.answer.end === null);
  const drop = (event: DragEvent) => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    void withFile(draft, file).then(setTyped);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file anywhere is for pointers; the field below takes one from the keyboard.
    <div className={styles.playground} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (mistake === null) send(service.id, draft);
        }}
      >
        <KeptExamples service={service} onUse={setTyped} />
        <CallLine draft={draft} operations={known} isLooking={operations.isPending} onChange={setTyped} />
        <InputField draft={draft} onChange={setTyped} />
        <div className={styles.actions}>
          <Button type="submit" look="primary" busy={isAsking} disabled={mistake !== null && typed !== null}>
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
    </div>
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
