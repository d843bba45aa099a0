import { callMethods } from '@sconce/contract';
import { useId } from 'react';
import type { Operation } from '../../words/open-api.ts';
import { plainLine } from '../../words/plain-text.ts';
import { type CallDraft, draftOf, socketMethod } from './call-draft.ts';
import styles from './playground.module.css';

interface CallLineProps {
  readonly draft: CallDraft;
  readonly operations: readonly Operation[];
  /** The service is still being asked what it can do. */
  readonly isLooking: boolean;
  readonly onChange: (draft: CallDraft) => void;
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

/** What is called: chosen from what the service says it can do, or typed. */
export function CallLine({ draft, operations, isLooking, onChange }: CallLineProps) {
  const id = useId();
  const path = draft.path.split('?')[0];
  const chosen = operations.find((one) => one.method === draft.method && one.path === path);
  const choose = (name: string) => {
    const operation = operations.find((one) => nameOf(one) === name);
    if (operation) onChange({ ...draftOf(operation), headers: draft.headers });
  };
  return (
    <div className={styles.line}>
      {operations.length > 0 ? (
        <div className={styles.field}>
          <label htmlFor={`${id}-operation`}>What it can do</label>
          <select
            id={`${id}-operation`}
            value={chosen ? nameOf(chosen) : ''}
            onChange={(event) => choose(event.target.value)}
          >
            {chosen ? null : <option value="">as typed</option>}
            {operations.map((one) => (
              <option key={nameOf(one)} value={nameOf(one)}>
                {plainLine(`${nameOf(one)}${one.summary ? `: ${one.summary}` : ''}`, 80)}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      <div className={styles.field} data-narrow>
        <label htmlFor={`${id}-method`}>Method</label>
        <select
          id={`${id}-method`}
          value={draft.method}
          onChange={(event) => onChange({ ...draft, method: event.target.value })}
        >
          {[...callMethods, socketMethod].map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
      </div>
      <div className={styles.field} data-wide>
        <label htmlFor={`${id}-path`}>Path</label>
        <input
          id={`${id}-path`}
          value={draft.path}
          spellCheck={false}
          autoComplete="off"
          maxLength={4_000}
          placeholder={isLooking ? 'asking the service what it can do' : '/'}
          onChange={(event) => onChange({ ...draft, path: event.target.value })}
        />
      </div>
    </div>
  );
}
