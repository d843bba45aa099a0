import type { Variable } from '@sconce/contract';
import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
import { Section } from '../../parts/section.tsx';
import { Ago } from '../../parts/time.tsx';
import { NewVariable } from './new-variable.tsx';
import { PasteEnv } from './paste-env.tsx';
import { StagedChanges } from './staged-changes.tsx';
import { type Stage, useStaged, type VariableOwner } from './use-staged.ts';
import styles from './variables.module.css';

interface VariablesProps {
  readonly owner: VariableOwner;
  readonly standing: readonly Variable[];
  readonly etag: string | null;
}

/** Plain values, edited in place. Nothing is sent before it is applied, all together. */
export function Variables({ owner, standing, etag }: VariablesProps) {
  const stage = useStaged(owner, standing, etag);
  const [isPasting, setPasting] = useState(false);
  const added = stage.names.filter((name) => !standing.some((variable) => variable.name === name));
  return (
    <Section
      title="Variables"
      aside={
        <Button look="quiet" onClick={() => setPasting(true)}>
          Paste a .env
        </Button>
      }
    >
      {standing.length + added.length === 0 ? (
        <p className={styles.soft}>None yet. A release gets those that stand when it is made.</p>
      ) : (
        <VariableTable owner={owner} standing={standing} added={added} stage={stage} />
      )}
      <NewVariable
        taken={(name) => standing.some((variable) => variable.name === name)}
        onAdd={(name, value) => stage.stage({ [name]: value })}
      />
      <StagedChanges owner={owner} stage={stage} />
      {isPasting ? (
        <PasteEnv
          onClose={() => setPasting(false)}
          onTaken={(values) => {
            stage.stage(values);
            setPasting(false);
          }}
        />
      ) : null}
    </Section>
  );
}

interface TableProps {
  readonly owner: VariableOwner;
  readonly standing: readonly Variable[];
  readonly added: readonly string[];
  readonly stage: Stage;
}

function VariableTable({ owner, standing, added, stage }: TableProps) {
  return (
    <RowsTable
      columns={owner.kind === 'service' ? columns : columns.filter(({ name }) => name !== 'From')}
      className={styles.variables}
    >
      {standing.map((variable) => (
        <Row key={variable.name} owner={owner} variable={variable} stage={stage} />
      ))}
      {added.map((name) => (
        <AddedRow key={name} owner={owner} name={name} stage={stage} />
      ))}
    </RowsTable>
  );
}

const columns = [
  { name: 'Name' },
  { name: 'Value' },
  { name: 'From', spare: true },
  { name: 'Changed', spare: true, end: true },
];

const sources = { service: 'the service', environment: 'the environment', file: 'sconce.yaml' } as const;

function Row({
  owner,
  variable,
  stage,
}: {
  readonly owner: VariableOwner;
  readonly variable: Variable;
  readonly stage: Stage;
}) {
  const { name, value, source, updatedAt } = variable;
  const staged = stage.of(name);
  const isOwn = source === owner.kind;
  return (
    <tr data-staged={staged === undefined ? undefined : staged === null ? 'removed' : 'changed'}>
      <td data-mono>{name}</td>
      <td className={styles.cell}>
        <ValueField
          name={name}
          value={staged ?? value ?? ''}
          disabled={staged === null}
          placeholder={value === null ? 'sealed by a key that is not here' : ''}
          onChange={(text) => (text === value ? stage.unstage(name) : stage.stage({ [name]: text }))}
        />
      </td>
      {owner.kind === 'service' ? (
        <td data-soft data-spare>
          {sources[source]}
        </td>
      ) : null}
      <td data-end data-soft data-spare>
        {updatedAt ? <Ago at={updatedAt} /> : null}
      </td>
      <td data-end>
        {staged !== undefined ? (
          <Button look="quiet" onClick={() => stage.unstage(name)}>
            Undo
          </Button>
        ) : isOwn ? (
          <Button look="quiet" onClick={() => stage.stage({ [name]: null })} title={`Remove ${name}`}>
            Remove
          </Button>
        ) : null}
      </td>
    </tr>
  );
}

function AddedRow({
  owner,
  name,
  stage,
}: {
  readonly owner: VariableOwner;
  readonly name: string;
  readonly stage: Stage;
}) {
  return (
    <tr data-staged="added">
      <td data-mono>{name}</td>
      <td className={styles.cell}>
        <ValueField name={name} value={stage.of(name) ?? ''} onChange={(text) => stage.stage({ [name]: text })} />
      </td>
      {owner.kind === 'service' ? (
        <td data-soft data-spare>
          new
        </td>
      ) : null}
      <td data-spare />
      <td data-end>
        <Button look="quiet" onClick={() => stage.unstage(name)}>
          Undo
        </Button>
      </td>
    </tr>
  );
}

interface ValueFieldProps {
  readonly name: string;
  readonly value: string;
  readonly disabled?: boolean;
  readonly placeholder?: string;
  readonly onChange: (text: string) => void;
}

function ValueField({ name, value, disabled = false, placeholder, onChange }: ValueFieldProps) {
  return (
    <textarea
      className={styles.value}
      aria-label={`Value of ${name}`}
      rows={Math.min(8, value.split('\n').length)}
      value={value}
      disabled={disabled}
      placeholder={placeholder}
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
