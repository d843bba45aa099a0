import type { CallExample, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { callExamplesQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button, buttonLook } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Popover } from '../../parts/popover.tsx';
import { Problem } from '../../parts/problem.tsx';
import { forgetExample, keepExample } from '../../words/actions/example-actions.ts';
import type { Operation } from '../../words/open-api.ts';
import { plainLine } from '../../words/plain-text.ts';
import type { CallDraft } from './call-draft.ts';
import { fromExample, toExample } from './kept-draft.ts';
import styles from './playground.module.css';

interface KeptExamplesProps {
  readonly service: Service;
  /** What the service can do. */
  readonly operations: readonly Operation[];
  readonly onUse: (draft: CallDraft) => void;
}

/** Calls that the team keeps: one press fills the form. Forgetting one can be taken back. */
export function KeptExamples({ service, operations, onUse }: KeptExamplesProps) {
  const may = useMay(service.project.slug, 'write');
  const examples = useQuery(callExamplesQuery(service.id));
  const [forgotten, setForgotten] = useState<CallExample | null>(null);
  const read = (name: string) => client.getCallExample({ params: { service: service.id, name } });
  const use = useWrite({
    as: { onlyHere: 'it changes nothing' },
    mutationFn: read,
    onSuccess: (example) => onUse(fromExample(example, operations)),
  });
  const forget = useWrite({
    as: forgetExample(service.path, examples.data?.[0]?.name ?? 'example'),
    mutationFn: async (name: string) => {
      const example = await read(name);
      await client.deleteCallExample({ params: { service: service.id, name } });
      return example;
    },
    onSuccess: setForgotten,
  });
  const undo = useWrite({
    as: keepExample(service.path, forgotten?.name ?? 'example', { method: 'GET', path: '/', body: { kind: 'none' } }),
    mutationFn: ({ name, method, path, body }: CallExample) =>
      client.putCallExample({ params: { service: service.id, name }, body: { method, path, body } }),
    onSuccess: () => setForgotten(null),
  });
  const error = use.error ?? forget.error ?? undo.error;
  const all = examples.data ?? [];
  if (all.length === 0 && !forgotten && !error) return null;
  return (
    <div className={styles.kept}>
      <ul aria-label="Examples">
        {all.map(({ name, method, path, sends }) => (
          <li key={name}>
            <button
              type="button"
              title={plainLine([method, path, sends].filter(Boolean).join(' '))}
              onClick={() => use.mutate(name)}
            >
              {plainLine(name, 60)}
            </button>
            {may ? (
              <button type="button" aria-label={`Forget ${plainLine(name, 60)}`} onClick={() => forget.mutate(name)}>
                <Icon name="cross" />
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {forgotten ? (
        <p role="status">
          Forgot {plainLine(forgotten.name, 60)}.{' '}
          <Button look="quiet" busy={undo.isPending} onClick={() => undo.mutate(forgotten)}>
            Undo
          </Button>
        </p>
      ) : null}
      {error ? <Problem error={error} what="The example could not be used" /> : null}
      {may ? forgotten ? <AsCommand {...undo.as} /> : <AsCommand {...forget.as} /> : null}
    </div>
  );
}

/** Keeps what the form says for everybody who may see the service. */
export function KeepExample({ service, draft }: { readonly service: Service; readonly draft: CallDraft }) {
  const may = useMay(service.project.slug, 'write');
  if (!may) return null;
  return (
    <Popover className={buttonLook()} button="Keep as example">
      {(close) => <KeepForm service={service} draft={draft} onKept={close} />}
    </Popover>
  );
}

interface KeepFormProps {
  readonly service: Service;
  readonly draft: CallDraft;
  readonly onKept: () => void;
}

function KeepForm({ service, draft, onKept }: KeepFormProps) {
  const [name, setName] = useState('');
  const keep = useWrite({
    as: keepExample(service.path, name.trim() || 'example', {
      method: draft.method,
      path: draft.path,
      body: { kind: 'none' },
    }),
    mutationFn: async () =>
      client.putCallExample({ params: { service: service.id, name: name.trim() }, body: await toExample(draft) }),
    onSuccess: onKept,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The form around it is another matter.
    event.stopPropagation();
    if (name.trim() !== '') keep.mutate();
  };
  return (
    <div className={styles.keep}>
      <Field
        label="Name"
        about="The team sees it. Headers are left out; of files above 512 KiB the names stay."
        value={name}
        maxLength={60}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') submit(event);
        }}
      />
      <Button busy={keep.isPending} disabled={name.trim() === ''} onClick={() => keep.mutate()}>
        Keep it
      </Button>
      {keep.error ? <Problem error={keep.error} what="It was not kept" /> : null}
      <AsCommand {...keep.as} />
    </div>
  );
}
