import type { Service } from '@sconce/contract';
import { useState } from 'react';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Overtaken } from '../../parts/overtaken.tsx';
import { Problem } from '../../parts/problem.tsx';
import { plural } from '../../words/duration.ts';
import { gpuWords } from '../../words/gpu-words.ts';
import styles from './service-settings.module.css';
import type { SettingChange, SettingsDraft } from './use-settings-draft.ts';

/** The difference, and saving it: with a release at once, or with the next one. */
export function SettingsChanges({ service, draft }: { readonly service: Service; readonly draft: SettingsDraft }) {
  const runs = service.live !== null || service.desired !== null;
  const [deploy, setDeploy] = useState(runs);
  const { changes, save, isOvertaken } = draft;
  if (changes.length === 0)
    return (
      <p className={styles.about} role="status">
        {save.isSuccess ? 'Saved.' : ''}
      </p>
    );
  const isWrong = changes.some(({ mistake }) => mistake !== null);
  return (
    <section className={styles.changes} aria-label="Changes that are not saved yet">
      <ul className={styles.differences}>
        {changes.map((change) => (
          <Difference key={change.key} change={change} />
        ))}
      </ul>
      {isOvertaken ? (
        <Overtaken onGoOn={draft.goOn}>
          Somebody else changed this service meanwhile. What they made is shown, and the difference above is against it.
        </Overtaken>
      ) : save.error ? (
        <Problem error={save.error} what="Nothing was saved" />
      ) : null}
      <footer className={styles.footer}>
        <AsCommand
          api={{
            name: 'updateService',
            params: { service: service.path },
            query: { deploy: deploy || undefined },
            body: draft.body,
          }}
        />
        {runs ? (
          <label className={styles.check}>
            <input type="checkbox" checked={deploy} onChange={(event) => setDeploy(event.target.checked)} />
            Deploy at once
          </label>
        ) : null}
        <Button onClick={draft.discard}>Discard</Button>
        <Button
          look="primary"
          busy={save.isPending}
          disabled={isOvertaken || isWrong}
          onClick={() => save.mutate(deploy && runs)}
        >
          Save {plural(changes.length, 'change')}
        </Button>
      </footer>
    </section>
  );
}

function Difference({ change }: { readonly change: SettingChange }) {
  const { label, from, to, mistake } = change;
  return (
    <li className={styles.difference}>
      <strong>{label}</strong>
      <del>{shown(from)}</del>
      <ins>{shown(to)}</ins>
      {mistake ? <span className={styles.mistake}>{mistake}</span> : null}
    </li>
  );
}

/** GPUs are kept as JSON while they are chosen. */
const shown = (text: string): string => (text.startsWith('{"product"') ? gpuWords(JSON.parse(text)) : text);
