import { type FormEvent, useRef, useState } from 'react';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Check } from '../../parts/check.tsx';
import { Field } from '../../parts/field.tsx';
import { Overtaken } from '../../parts/overtaken.tsx';
import { Problem } from '../../parts/problem.tsx';
import { setSecret } from '../../words/actions/value-actions.ts';
import { readAssignment } from '../../words/dotenv.ts';
import { mistakeInName } from '../../words/staged.ts';
import { type NewSecret, SecretOvertaken } from './set-secret.ts';
import styles from './variables.module.css';

interface SecretFormProps {
  readonly groups: readonly string[];
  readonly newGroup: string;
  readonly environmentPath: string;
  /** Version of a secret as the page shows it; 0: there is none. */
  versionOf(group: string, name: string): number;
  set(secret: NewSecret): Promise<void>;
}

/** Sets a secret, new or again. The value leaves this page once, and is forgotten here. */
export function SecretForm({ groups, newGroup, environmentPath, versionOf, set }: SecretFormProps) {
  const [group, setGroup] = useState(groups[0] ?? newGroup);
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [deploy, setDeploy] = useState(true);
  const [checked, setChecked] = useState(false);
  const send = useWrite({
    as: setSecret({ environment: environmentPath, group, name }, deploy),
    mutationFn: set,
    onSuccess: () => {
      setName('');
      setValue('');
      setChecked(false);
    },
  });
  const valueField = useRef<HTMLInputElement>(null);
  /** The value of what was pasted whole goes where nobody reads it. */
  const typeName = (text: string) => {
    const both = readAssignment(text);
    setName(both?.name ?? text);
    if (both === null) return;
    setValue(both.value);
    valueField.current?.focus();
  };
  const seenVersion = versionOf(group, name);
  const mistake = checked ? mistakeInName(name) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (mistakeInName(name) === null && value !== '') send.mutate({ group, name, value, deploy, seenVersion });
  };
  return (
    <form className={styles.secretForm} onSubmit={submit} autoComplete="off">
      <div className={styles.secret}>
        <Field
          label="Group"
          mono
          list="secret-groups"
          value={group}
          onChange={(event) => setGroup(event.target.value)}
        />
        <datalist id="secret-groups">
          {groups.map((slug) => (
            <option key={slug} value={slug} />
          ))}
        </datalist>
        <Field
          label="Name of the secret"
          mono
          autoComplete="off"
          spellCheck={false}
          value={name}
          mistake={mistake}
          about="Or paste NAME=value."
          onChange={(event) => typeName(event.target.value)}
        />
        <Field
          label="Value of the secret"
          ref={valueField}
          type="password"
          mono
          autoComplete="new-password"
          spellCheck={false}
          value={value}
          mistake={checked && mistake === null && value === '' ? 'A secret has a value.' : null}
          onChange={(event) => setValue(event.target.value)}
        />
        <Button type="submit" busy={send.isPending}>
          {seenVersion > 0 ? 'Replace' : 'Set'}
        </Button>
      </div>
      <Check checked={deploy} onChange={setDeploy}>
        Deploy what runs with it at once
      </Check>
      <Outcome send={send} replaces={seenVersion > 0 && name !== '' ? `${name} of ${group}` : null} />
      {name && mistakeInName(name) === null ? <AsCommand {...send.as} /> : null}
    </form>
  );
}

interface OutcomeProps {
  readonly send: { readonly error: unknown; readonly isSuccess: boolean };
  readonly replaces: string | null;
}

function Outcome({ send, replaces }: OutcomeProps) {
  if (send.error instanceof SecretOvertaken)
    return (
      <Overtaken>
        Somebody else changed this secret meanwhile, and nothing was overwritten. Press again to put yours in its place.
      </Overtaken>
    );
  if (send.error) return <Problem error={send.error} what="The secret was not set" />;
  const said = replaces ? `Takes the place of ${replaces}.` : send.isSuccess ? 'Set.' : '';
  return (
    <p className={styles.soft} role="status">
      {said}
    </p>
  );
}
