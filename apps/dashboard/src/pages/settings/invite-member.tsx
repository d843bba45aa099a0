import { ApiProblem, type Member, type Project, roles } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useAdministers } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Select } from '../../parts/select.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { inviteMember, nameOf, setMember } from '../../words/actions/people-actions.ts';
import { roleWords } from './role-words.ts';
import styles from './settings.module.css';

interface Invited {
  readonly email: string;
  /** Of somebody who was not here yet. */
  readonly setupUrl: string | null;
}

/** Adds a person; one who is not here yet gets a link that lets them in once. */
export function InviteMember({ project }: { readonly project: Project }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Member['role']>('developer');
  const [link, setLink] = useState<Invited | null>(null);
  const mayInvite = useAdministers();
  const shown = email.trim() || 'ana@example.com';
  const invite = useWrite({
    as: mayInvite ? inviteMember(project.slug, shown, role) : setMember(project.slug, shown, role),
    mutationFn: () => addMember(project.slug, email.trim(), role, mayInvite, setLink),
    onSuccess: () => setEmail(''),
    onSettled: () => cache.invalidateQueries({ queryKey: ['members', project.slug] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (email.trim() !== '') invite.mutate();
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="E-mail address"
          type="email"
          autoComplete="off"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Select label="Role" value={role} onChoose={(value) => setRole(value as Member['role'])}>
          {roles.map((one) => (
            <option key={one} value={one}>
              {roleWords[one]}
            </option>
          ))}
        </Select>
        <Button type="submit" busy={invite.isPending}>
          Invite
        </Button>
      </form>
      <div className={styles.under}>
        {invite.error ? <Problem error={invite.error} what="They were not added" /> : null}
        <p className={styles.soft} role="status">
          {invite.data ? `${invite.data.email} is a member now.` : ''}
        </p>
        {link?.setupUrl ? (
          <ShownOnce
            title={`A link for ${link.email}`}
            about="Send it to them. It lets them in once, within the hour, and is not shown again."
            text={link.setupUrl}
            what="link"
            onDone={() => setLink(null)}
          />
        ) : null}
        <AsCommand what="Invite" {...invite.as} />
      </div>
    </>
  );
}

/** Whoever is made here is told at once: their link is answered this once, also when adding them to the project fails then. */
async function addMember(
  project: string,
  email: string,
  role: Member['role'],
  mayInvite: boolean,
  onLink: (invited: Invited) => void,
): Promise<Invited> {
  const params = { project, email };
  try {
    await client.putMember({ params, body: { role } });
    return { email, setupUrl: null };
  } catch (error) {
    const isUnknown = error instanceof ApiProblem && error.status === 404 && mayInvite;
    if (!isUnknown) throw error;
  }
  const { setupUrl } = await client.createUser({ body: { email, name: nameOf(email) } });
  onLink({ email, setupUrl });
  await client.putMember({ params, body: { role } });
  return { email, setupUrl };
}
