import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { type DragEvent, useRef, useState } from 'react';
import { useMay } from '../../api/rights.ts';
import { likeliest } from '../../words/open-api.ts';
import { type CallDraft, draftOf, emptyDraft, socketMethod, withFiles } from './call-draft.ts';
import { CallLine } from './call-line.tsx';
import { CallPanel } from './call-panel.tsx';
import { KeptExamples } from './kept-examples.tsx';
import { operationsQuery } from './operations-query.ts';
import styles from './playground.module.css';
import { SocketPanel } from './socket/socket-panel.tsx';

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
  const panel = useRef<HTMLFormElement>(null);
  const known = operations.data ?? [];
  const first = likeliest(known);
  const draft = typed ?? (first ? draftOf(first) : emptyDraft);
  const isSocket = draft.method === socketMethod;
  const drop = (event: DragEvent) => {
    const files = [...event.dataTransfer.files];
    if (files.length === 0) return;
    event.preventDefault();
    if (!isSocket) void withFiles(draft, files).then(setTyped);
  };
  const shared = { service, draft, formRef: panel, onChange: setTyped };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file anywhere is for pointers; the field below takes one from the keyboard.
    <div className={styles.playground} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          // Enter in the path is as good as the button below.
          panel.current?.requestSubmit();
        }}
      >
        <KeptExamples service={service} operations={known} onUse={setTyped} />
        <CallLine draft={draft} operations={known} isLooking={operations.isPending} onChange={setTyped} />
      </form>
      {isSocket ? <SocketPanel {...shared} /> : <CallPanel {...shared} isTyped={typed !== null} />}
    </div>
  );
}
