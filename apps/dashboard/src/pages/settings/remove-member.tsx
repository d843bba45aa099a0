import type { Member, Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { meQuery } from '../../api/queries.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { removeMember } from '../../words/actions/people-actions.ts';
import { plainLine } from '../../words/plain-text.ts';

interface RemoveMemberProps {
  readonly project: Project;
  readonly member: Member;
  readonly onClose: () => void;
}

export function RemoveMember({ project, member: { user }, onClose }: RemoveMemberProps) {
  const { data: me } = useQuery(meQuery);
  const remove = useWrite({
    as: removeMember(project.slug, user.email),
    mutationFn: () => client.deleteMember({ params: { project: project.slug, email: user.email } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['members', project.slug] });
      onClose();
    },
  });
  return (
    <Confirm
      title={`Remove ${plainLine(user.name, 60)}`}
      does="Remove"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        {me?.user?.id === user.id ? 'That is you: you' : 'They'} see nothing of {project.slug} any more, at once and
        with every token. What they deployed stays. Adding them again brings it back.
      </p>
      <AsCommand {...remove.as} />
    </Confirm>
  );
}
