import { type Member, type Project, roles } from '@sconce/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { membersQuery } from '../../api/project-queries.ts';
import { meQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import table from '../../parts/table.module.css';
import { Ago } from '../../parts/time.tsx';
import { plainLine } from '../../words/plain-text.ts';
import { InviteMember } from './invite-member.tsx';
import styles from './settings.module.css';

export const roleWords = {
  viewer: 'Viewer: sees everything but values',
  developer: 'Developer: deploys and changes services',
  admin: 'Administrator: also members, tokens and removal',
} as const;

export function Members({ project }: { readonly project: Project }) {
  const members = useQuery(membersQuery(project.slug));
  const administers = useMay(project.slug, 'admin');
  return (
    <Section title="Members">
      <Loaded
        asked={members}
        problem="The members could not be read"
        skeleton={<SkeletonRows rows={3} what="members" />}
      >
        {(all) =>
          all.length === 0 ? (
            <p className={styles.soft}>Nobody yet: only administrators of the installation see this project.</p>
          ) : (
            <MemberTable project={project} members={all} administers={administers} />
          )
        }
      </Loaded>
      {administers ? <InviteMember project={project} /> : null}
    </Section>
  );
}

interface TableProps {
  readonly project: Project;
  readonly members: readonly Member[];
  readonly administers: boolean;
}

function MemberTable({ project, members, administers }: TableProps) {
  const [asked, setAsked] = useState<Member | null>(null);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className={styles.spare}>
              E-mail address
            </th>
            <th scope="col">Role</th>
            <th scope="col" className={styles.spare}>
              Since
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <Row
              key={member.user.id}
              project={project}
              member={member}
              administers={administers}
              onRemove={() => setAsked(member)}
            />
          ))}
        </tbody>
      </table>
      {asked ? <RemoveDialog project={project} member={asked} onClose={() => setAsked(null)} /> : null}
    </div>
  );
}

interface RowProps {
  readonly project: Project;
  readonly member: Member;
  readonly administers: boolean;
  readonly onRemove: () => void;
}

const changed = (project: string) => cache.invalidateQueries({ queryKey: ['members', project] });

function Row({ project, member, administers, onRemove }: RowProps) {
  const { user, role, createdAt } = member;
  const name = plainLine(user.name, 60);
  const put = useMutation({
    mutationFn: (next: Member['role']) =>
      client.putMember({ params: { project: project.slug, email: user.email }, body: { role: next } }),
    onSettled: () => changed(project.slug),
  });
  return (
    <>
      <tr>
        <td data-wide title={plainLine(user.email)}>
          {name}
        </td>
        <td data-soft className={styles.spare}>
          {plainLine(user.email, 80)}
        </td>
        <td>
          {administers ? (
            <select
              className={styles.compact}
              aria-label={`Role of ${name}`}
              value={put.isPending ? put.variables : role}
              disabled={put.isPending}
              title={roleWords[role]}
              onChange={(event) => put.mutate(event.target.value as Member['role'])}
            >
              {roles.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          ) : (
            role
          )}
        </td>
        <td data-soft className={styles.spare}>
          <Ago at={createdAt} />
        </td>
        <td data-end>
          {administers ? (
            <Button look="quiet" onClick={onRemove} title={`Remove ${name}`}>
              Remove
            </Button>
          ) : null}
        </td>
      </tr>
      {put.error ? (
        <tr>
          <td colSpan={5}>
            <Problem error={put.error} what="The role was not changed" />
          </td>
        </tr>
      ) : null}
    </>
  );
}

interface RemoveProps {
  readonly project: Project;
  readonly member: Member;
  readonly onClose: () => void;
}

function RemoveDialog({ project, member, onClose }: RemoveProps) {
  const { data: me } = useQuery(meQuery);
  const remove = useMutation({
    mutationFn: () => client.deleteMember({ params: { project: project.slug, email: member.user.email } }),
    onSuccess: () => {
      void changed(project.slug);
      onClose();
    },
  });
  const isMe = me?.user?.id === member.user.id;
  return (
    <Confirm
      title={`Remove ${plainLine(member.user.name, 60)}`}
      does="Remove"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        {isMe ? 'That is you: you' : 'They'} see nothing of {project.slug} any more, at once and with every token. What
        they deployed stays. Adding them again brings it back.
      </p>
      <AsCommand api={{ name: 'deleteMember', params: { project: project.slug, email: member.user.email } }} />
    </Confirm>
  );
}
