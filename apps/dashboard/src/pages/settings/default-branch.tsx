import type { Repository } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useSeen } from '../../api/use-seen.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Overtaken } from '../../parts/overtaken.tsx';
import { Problem } from '../../parts/problem.tsx';
import { setDefaultBranch } from '../../words/actions/source-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import dialogs from '../service/dialogs.module.css';
import styles from './settings.module.css';

interface DefaultBranchProps {
  /** As it was when this was opened. */
  readonly repository: Repository;
  /** Null: it was removed. */
  readonly now: Repository | null;
  readonly onClose: () => void;
}

/** Which branch is built where nobody names one. */
export function DefaultBranch({ repository, now, onClose }: DefaultBranchProps) {
  const { id, slug, path } = repository;
  const [typed, setTyped] = useState(repository.defaultBranch);
  const seen = useSeen(repository.version, now?.version ?? null);
  const defaultBranch = typed.trim();
  const save = useWrite({
    as: setDefaultBranch(path, defaultBranch || 'main'),
    mutationFn: () =>
      client.updateRepository({ params: { repository: id }, body: { defaultBranch }, ifMatch: `"${seen.version}"` }),
    onSuccess: onClose,
    onSettled: () => cache.invalidateQueries({ queryKey: ['repositories'] }),
  });
  const isOvertaken = seen.isOther && !save.isPending && !save.isSuccess;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (defaultBranch !== '' && !isOvertaken) save.mutate();
  };
  return (
    <Dialog title={`Default branch of ${slug}`} onClose={onClose}>
      <form className={styles.stack} onSubmit={submit}>
        <Field
          label="Default branch"
          mono
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={typed}
          about="What is built by hand where no branch is named. What pushes deploy is said by the branch rules."
          onChange={(event) => setTyped(event.target.value)}
        />
        {isOvertaken ? (
          <Overtaken
            onGoOn={() => {
              save.reset();
              seen.renew();
            }}
          >
            {now
              ? `Somebody else changed this repository meanwhile: now its default branch is ${plainLine(now.defaultBranch, 100)}.`
              : 'Somebody else removed this repository meanwhile.'}
          </Overtaken>
        ) : save.error ? (
          <Problem error={save.error} what="The default branch was not changed" />
        ) : null}
        <footer className={dialogs.footer}>
          <AsCommand {...save.as} />
          <Button onClick={onClose}>Leave it</Button>
          <Button
            type="submit"
            look="primary"
            busy={save.isPending}
            disabled={defaultBranch === '' || defaultBranch === now?.defaultBranch || isOvertaken}
          >
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
