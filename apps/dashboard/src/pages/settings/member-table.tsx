import { type Member, type Project, type Role, roles } from '@sconce/contract';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useAdministers } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
import { Ago } from '../../parts/time.tsx';
import { setMember } from '../../words/actions/people-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import { NewLinkDialog } from './new-link-dialog.tsx';
import { RemoveMember } from './remove-member.tsx';
import { roleWords } from './role-words.ts';
import styles from './settings.module.css';

interface MemberTableProps {
  readonly project: Project;
  readonly members: readonly Member[];
  readonly administers: boolean;
}

const columns = [
  { name: 'Name' },
  { name: 'E-mail address', spare: true },
  { name: 'Role' },
  { name: 'Since', spare: true },
];

interface Wanted {
  readonly email: string;
  readonly role: Role;
}

/** Who is in the project. Roles are changed in place; the fold below says how, for the one who was changed last. */
export function MemberTable({ project, members, administers }: MemberTableProps) {
  const [asked, setAsked] = useState<{ readonly what: 'remove' | 'link'; readonly member: Member } | null>(null);
  const [last, setLast] = useState<Wanted | null>(null);
  const first = members[0];
  const said = last ?? { email: first?.user.email ?? '', role: first?.role ?? 'developer' };
  const put = useWrite({
    as: setMember(project.slug, said.email, said.role),
    mutationFn: ({ email, role }: Wanted) =>
      client.putMember({ params: { project: project.slug, email }, body: { role } }),
    onSettled: () => cache.invalidateQueries({ queryKey: ['members', project.slug] }),
  });
  const choose = (wanted: Wanted) => {
    setLast(wanted);
    put.mutate(wanted);
  };
  const close = () => setAsked(null);
  return (
    <>
      <RowsTable columns={columns}>
        {members.map((member) => (
          <Row
            key={member.user.id}
            member={member}
            administers={administers}
            role={put.isPending && put.variables?.email === member.user.email ? put.variables.role : member.role}
            isBusy={put.isPending}
            onRole={(role) => choose({ email: member.user.email, role })}
            onAsk={(what) => setAsked({ what, member })}
          />
        ))}
      </RowsTable>
      <div className={styles.under}>
        {put.error ? <Problem error={put.error} what="The role was not changed" /> : null}
        {administers ? <AsCommand what="Change a role" {...put.as} /> : null}
      </div>
      {asked?.what === 'remove' ? <RemoveMember project={project} member={asked.member} onClose={close} /> : null}
      {asked?.what === 'link' ? <NewLinkDialog user={asked.member.user} onClose={close} /> : null}
    </>
  );
}

interface RowProps {
  readonly member: Member;
  readonly administers: boolean;
  readonly role: Role;
  readonly isBusy: boolean;
  readonly onRole: (role: Role) => void;
  readonly onAsk: (what: 'remove' | 'link') => void;
}

function Row({ member, administers, role, isBusy, onRole, onAsk }: RowProps) {
  const { user, createdAt, cameAt } = member;
  const mayLink = useAdministers();
  const name = plainLine(user.name, 60);
  return (
    <tr>
      <td data-wide className={styles.who} title={plainLine(user.email)}>
        {name}
        {cameAt === null ? <span className={styles.soft}> (not here yet)</span> : null}
      </td>
      <td data-soft data-spare>
        {plainLine(user.email, 80)}
      </td>
      <td>
        {administers ? (
          <select
            className={styles.compact}
            aria-label={`Role of ${name}`}
            value={role}
            disabled={isBusy}
            title={roleWords[role]}
            onChange={(event) => onRole(event.target.value as Role)}
          >
            {roles.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          role
        )}
      </td>
      <td data-soft data-spare>
        <Ago at={createdAt} />
      </td>
      <td data-end>
        <span className={styles.actions}>
          {mayLink && cameAt === null ? (
            <Button look="quiet" onClick={() => onAsk('link')} title={`New link for ${name}`}>
              New link
            </Button>
          ) : null}
          {administers ? (
            <Button look="quiet" onClick={() => onAsk('remove')} title={`Remove ${name}`}>
              Remove
            </Button>
          ) : null}
        </span>
      </td>
    </tr>
  );
}
