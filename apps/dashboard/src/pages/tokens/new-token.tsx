import type { Me, Project, Scope } from '@sconce/contract';
import { scopeHolds, scopes } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { Select } from '../../parts/select.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { createToken } from '../../words/actions/token-actions.ts';
import { TokenPlace } from './token-place.tsx';
import { daysOf, type Lifetime, lifetimes, scopeWords, type TokenKind, toTokenRequest } from './token-request.ts';
import styles from './tokens.module.css';

interface NewTokenProps {
  readonly administered: readonly Project[];
  readonly me: Me | null;
}

interface Made {
  readonly name: string;
  readonly token: string;
}

/** Makes a token. It is shown once; what is kept here is only a hash of it. */
export function NewToken({ administered, me }: NewTokenProps) {
  const [kind, setKind] = useState<TokenKind>('personal');
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('deploy');
  const [place, setPlace] = useState('');
  const [lifetime, setLifetime] = useState<Lifetime>('90 days');
  const [made, setMade] = useState<Made | null>(null);
  const body = toTokenRequest({ kind, name: name.trim(), scope, place, days: daysOf(lifetime) });
  const create = useWrite({
    as: createToken({ ...body, name: body.name || 'laptop' }),
    mutationFn: () => client.createToken({ body }),
    onSuccess: ({ token }) => {
      setMade({ name: name.trim(), token });
      setName('');
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') create.mutate();
  };
  const may = scopes.filter(
    (one) => scopeHolds(me?.token.scopes ?? [], one) && (kind === 'personal' || one !== 'instance'),
  );
  return (
    <Section title="New token">
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="Name of the token"
          placeholder="laptop"
          required
          maxLength={100}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {administered.length > 0 ? (
          <Select
            label="For"
            value={kind}
            onChoose={(value) => {
              setKind(value as TokenKind);
              setPlace(value === 'service' ? (administered[0]?.slug ?? '') : '');
            }}
          >
            <option value="personal">You: the command line, git</option>
            <option value="service">A program of a project</option>
            <option value="deploy">A pipeline that deploys to an environment</option>
          </Select>
        ) : null}
        {kind === 'deploy' ? null : (
          <Select label="May" value={scope} onChoose={(value) => setScope(value as Scope)}>
            {may.map((one) => (
              <option key={one} value={one}>
                {scopeWords[one]}
              </option>
            ))}
          </Select>
        )}
        <TokenPlace kind={kind} place={place} administered={administered} onChoose={setPlace} />
        <Select label="Ends after" value={lifetime} onChoose={(value) => setLifetime(value as Lifetime)}>
          {lifetimes.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
        <Button type="submit" look="primary" busy={create.isPending}>
          Make it
        </Button>
      </form>
      <div className={styles.under}>
        {create.error ? <Problem error={create.error} what="The token was not made" /> : null}
        {made ? (
          <ShownOnce
            title={`The token ${made.name}`}
            about="Copy it now: it is not shown again. As SCONCE_TOKEN it works for the command line, and as a password for git."
            text={made.token}
            what="token"
            onDone={() => setMade(null)}
          />
        ) : null}
        <AsCommand {...create.as} />
      </div>
    </Section>
  );
}
