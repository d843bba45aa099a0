import type { Me } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { mistakeOf } from '../../app/sign-in/mistake-of.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Section } from '../../parts/section.tsx';
import styles from './account.module.css';
import { personsOnly } from './persons-only.ts';

interface ProfileProps {
  readonly user: NonNullable<Me['user']>;
  readonly mayChange: boolean;
}

export function Profile({ user, mayChange }: ProfileProps) {
  const [name, setName] = useState(user.name);
  const rename = useWrite({
    as: personsOnly,
    mutationFn: (to: string) => client.updateMe({ body: { name: to } }),
    onSuccess: (renamed) => {
      setName(renamed.name);
      return cache.invalidateQueries({ queryKey: ['me'] });
    },
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== user.name) rename.mutate(name);
  };
  return (
    <Section title="Profile">
      <form className={styles.form} onSubmit={save}>
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          about="Others see it beside what you did."
          disabled={!mayChange}
          maxLength={100}
          value={name}
          mistake={rename.error ? mistakeOf(rename.error) : null}
          onChange={(event) => setName(event.target.value)}
        />
        <div className={styles.actions}>
          <Button
            type="submit"
            busy={rename.isPending}
            disabled={!mayChange || name.trim() === '' || name.trim() === user.name}
          >
            Save name
          </Button>
          <Said>{rename.isSuccess && name === user.name ? 'Saved.' : null}</Said>
        </div>
      </form>
    </Section>
  );
}

/** What came of an action, in its place: seen, and heard. */
export function Said({ children }: { readonly children: string | null }) {
  return (
    <p className={styles.said} role="status">
      {children}
    </p>
  );
}
