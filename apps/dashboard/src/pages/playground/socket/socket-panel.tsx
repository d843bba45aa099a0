import type { Service } from '@sconce/contract';
import { type RefObject, useId, useState } from 'react';
import { AsCommand, CommandLine } from '../../../parts/as-command.tsx';
import { Button } from '../../../parts/button.tsx';
import { Problem } from '../../../parts/problem.tsx';
import { openSocket } from '../../../words/actions/read-actions.ts';
import { asSocketCode, type SocketLanguage, socketLanguages } from '../../../words/socket-code.ts';
import { type CallDraft, encodedPath, mistakeIn, readHeaders } from '../call-draft.ts';
import { HeadersField } from '../input-field.tsx';
import shared from '../playground.module.css';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { SocketFacts } from './socket-facts.tsx';
import { useSocket } from './use-socket.ts';

interface SocketPanelProps {
  readonly service: Service;
  readonly draft: CallDraft;
  readonly formRef: RefObject<HTMLFormElement | null>;
  readonly onChange: (draft: CallDraft) => void;
}

const namePattern = /^[!#$%&'*+.^_`|~\w-]+$/;

/** A WebSocket to the service, through the platform as calls are: open it, say something, see what comes. */
export function SocketPanel({ service, draft, formRef, onChange }: SocketPanelProps) {
  const id = useId();
  const [offered, setOffered] = useState('');
  const [text, setText] = useState('');
  const { talk, open, send, close } = useSocket();
  const protocols = offered.split(',').flatMap((name) => name.trim() || []);
  const mistake = mistakeIn(draft) ?? mistakeInProtocols(protocols);
  const isOver = talk === null || talk.phase === 'closed';
  const headers = readHeaders(draft.headers) ?? {};
  const path = encodedPath(draft.path);
  return (
    <>
      <form
        ref={formRef}
        className={shared.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (mistake === null && isOver) open({ service: service.id, path, protocols, headers });
        }}
      >
        <div className={shared.line}>
          <div className={shared.field}>
            <label htmlFor={`${id}-protocols`}>Subprotocols</label>
            <input
              id={`${id}-protocols`}
              value={offered}
              maxLength={300}
              placeholder="none; several with commas between"
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setOffered(event.target.value)}
            />
          </div>
        </div>
        <HeadersField draft={draft} onChange={onChange} />
        <div className={shared.actions}>
          <Button type="submit" look="primary" busy={talk?.phase === 'opening'} disabled={mistake !== null || !isOver}>
            Connect
          </Button>
          {isOver ? null : <Button onClick={() => close(1000, '')}>Close</Button>}
          {mistake === null ? null : <span className={shared.soft}>{mistake}</span>}
        </div>
      </form>
      {talk ? <SocketFacts service={service} talk={talk} /> : null}
      {talk?.error ? <Problem error={talk.error} what="The WebSocket was not opened" /> : null}
      {talk?.head?.status === 101 ? <MessageList log={talk.log} /> : null}
      {talk?.phase === 'open' ? <Composer text={text} onText={setText} onSend={send} onClose={close} /> : null}
      <AsSocketCode base={service.urls.path} path={path} protocols={protocols} headers={headers} text={text || null} />
      <AsCommand {...openSocket(service.path, path)} />
    </>
  );
}

function mistakeInProtocols(protocols: readonly string[]): string | null {
  if (!protocols.every((name) => namePattern.test(name))) return 'A subprotocol is a name without spaces.';
  return new Set(protocols).size === protocols.length ? null : 'Each subprotocol is offered once.';
}

interface AsSocketCodeProps {
  readonly base: string;
  readonly path: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
}

/** For a program, at the gateway's address: there it needs no session of anybody. */
function AsSocketCode({ base, path, protocols, headers, text }: AsSocketCodeProps) {
  const [language, setLanguage] = useState<SocketLanguage>('websocat');
  const url = `${base.replace(/\/$/, '').replace(/^http/, 'ws')}${path}`;
  return (
    <details className={shared.fold}>
      <summary>As websocat, Python, JavaScript</summary>
      <fieldset className={shared.kinds}>
        <legend className="visually-hidden">Language</legend>
        {socketLanguages.map((one) => (
          <label key={one}>
            <input type="radio" name="language" checked={language === one} onChange={() => setLanguage(one)} />
            {one}
          </label>
        ))}
      </fieldset>
      <CommandLine what={`socket in ${language}`} text={asSocketCode(language, { url, protocols, headers, text })} />
    </details>
  );
}
