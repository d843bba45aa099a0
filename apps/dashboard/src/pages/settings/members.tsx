import type { Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { membersQuery } from '../../api/project-queries.ts';
import { useMay } from '../../api/rights.ts';
import { Listed } from '../../parts/listed.tsx';
import { InviteMember } from './invite-member.tsx';
import { MemberTable } from './member-table.tsx';

export function Members({ project }: { readonly project: Project }) {
  const members = useQuery(membersQuery(project.slug));
  const administers = useMay(project.slug, 'admin');
  return (
    <Listed
      title="Members"
      asked={members}
      what="members"
      rows={3}
      empty="Nobody yet: only administrators of the installation see this project."
      below={administers ? <InviteMember project={project} /> : null}
    >
      {(all) => <MemberTable project={project} members={all} administers={administers} />}
    </Listed>
  );
}
