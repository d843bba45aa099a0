import type { Passkey } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { mistakeOf } from '../../app/sign-in/mistake-of.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Ago } from '../../parts/time.tsx';
import { plainLine } from '../../words/plain-text.ts';
import styles from './account.module.css';
import { personsOnly } from './persons-only.ts';

interface PasskeyRowProps {
  readonly passkey: Passkey;
  readonly mayChange: boolean;
}

export function PasskeyRow({ passkey, mayChange }: PasskeyRowProps) {
  const [open, setOpen] = useState<'rename' | 'remove' | null>(null);
  const { name, synced, createdAt, lastUsedAt } = passkey;
  const shown = plainLine(name, 60);
  const close = () => setOpen(null);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <p>{shown}</p>
        <p className={styles.about}>
          Added <Ago at={createdAt} />,{' '}
          {lastUsedAt ? (
            <>
              last used <Ago at={lastUsedAt} />
            </>
          ) : (
            'not used yet'
          )}
          . {synced ? 'On all devices of its password manager.' : 'On one device only.'}
        </p>
      </div>
      {mayChange ? (
        <div className={styles.rowActions}>
          <Button look="quiet" onClick={() => setOpen('rename')} title={`Rename ${shown}`}>
            Rename
          </Button>
          <Button look="quiet" onClick={() => setOpen('remove')} title={`Remove ${shown}`}>
            Remove
          </Button>
        </div>
      ) : null}
      {open === 'rename' ? <RenameDialog passkey={passkey} onClose={close} /> : null}
      {open === 'remove' ? <RemoveDialog passkey={passkey} onClose={close} /> : null}
    </li>
  );
}

interface DialogProps {
  readonly passkey: Passkey;
  readonly onClose: () => void;
}

const readAnew = () =>
  Promise.all([
    cache.invalidateQueries({ queryKey: ['passkeys'] }),
    cache.invalidateQueries({ queryKey: ['sign-in'] }),
  ]);

function RenameDialog({ passkey, onClose }: DialogProps) {
  const [name, setName] = useState(passkey.name);
  const rename = useWrite({
    as: personsOnly,
    mutationFn: () => client.updatePasskey({ params: { passkey: passkey.id }, body: { name } }),
    onSuccess: async () => {
      await readAnew();
      onClose();
    },
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <Dialog title="Rename the passkey" onClose={onClose}>
      <form className={styles.form} onSubmit={save}>
        <Field
          label="Name"
          maxLength={60}
          value={name}
          mistake={rename.error ? mistakeOf(rename.error) : null}
          onChange={(event) => setName(event.target.value)}
        />
        <footer className={styles.footer}>
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={rename.isPending} disabled={name.trim() === ''}>
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ passkey, onClose }: DialogProps) {
  const remove = useWrite({
    as: personsOnly,
    mutationFn: () => client.deletePasskey({ params: { passkey: passkey.id } }),
    onSuccess: async () => {
      await readAnew();
      onClose();
    },
  });
  return (
    <Dialog title={`Remove ${plainLine(passkey.name, 60)}`} onClose={onClose}>
      <p>It lets nobody in any more. Your device may go on showing it until you delete it there too.</p>
      {remove.error ? <Problem error={remove.error} what="It was not removed" /> : null}
      <footer className={styles.footer}>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
          Remove passkey
        </Button>
      </footer>
    </Dialog>
  );
}
