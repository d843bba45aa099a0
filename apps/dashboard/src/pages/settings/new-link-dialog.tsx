import type { Member } from '@sconce/contract';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Problem } from '../../parts/problem.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { makeSignInLink } from '../../words/actions/people-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import dialogs from '../service/dialogs.module.css';

interface NewLinkDialogProps {
  readonly user: Member['user'];
  readonly onClose: () => void;
}

/** Another link for somebody who was invited and did not come: the one before may have got lost, or its hour is over. */
export function NewLinkDialog({ user, onClose }: NewLinkDialogProps) {
  const make = useWrite({
    as: makeSignInLink(user),
    mutationFn: () => client.createSignInLink({ params: { user: user.id }, body: {} }),
  });
  const name = plainLine(user.name, 60);
  return (
    <Dialog title={`New link for ${name}`} onClose={onClose}>
      {make.data ? (
        <ShownOnce
          title={`A link for ${plainLine(user.email, 80)}`}
          about="Send it to them. It lets them in once, within the hour, and is not shown again."
          text={make.data.url}
          what="link"
          onDone={onClose}
        />
      ) : (
        <>
          <p>It lets {name} in once, within the hour. A link that was made before works no more.</p>
          {make.error ? <Problem error={make.error} what="No link was made" /> : null}
          <footer className={dialogs.footer}>
            <AsCommand {...make.as} />
            <Button onClick={onClose}>Leave it</Button>
            <Button look="primary" busy={make.isPending} onClick={() => make.mutate()}>
              Make the link
            </Button>
          </footer>
        </>
      )}
    </Dialog>
  );
}
