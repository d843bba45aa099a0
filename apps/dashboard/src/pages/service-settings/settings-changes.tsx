import { Overtaken } from '../../parts/overtaken.tsx';
import { DifferenceLine, PendingChanges } from '../../parts/pending-changes.tsx';
import { gpuWords } from '../../words/gpu-words.ts';
import styles from './service-settings.module.css';
import type { SettingsDraft } from './use-settings-draft.ts';

/** The difference, and saving it. */
export function SettingsChanges({ draft }: { readonly draft: SettingsDraft }) {
  const { changes, save, isOvertaken, deploy, setDeploy } = draft;
  return (
    <PendingChanges
      count={changes.length}
      verb="Save"
      done="saved"
      write={save}
      overtaken={
        isOvertaken ? (
          <Overtaken onGoOn={draft.goOn}>
            Somebody else changed this service meanwhile. What they made is shown, and the difference above is against
            it.
          </Overtaken>
        ) : null
      }
      isWrong={changes.some(({ mistake }) => mistake !== null)}
      deploy={deploy}
      deployWords="Deploy at once"
      onDeploy={setDeploy}
      onDiscard={draft.discard}
      look="raised"
    >
      {changes.map(({ key, label, from, to, mistake }) => (
        <DifferenceLine key={key} name={<strong>{label}</strong>} from={shown(from)} to={shown(to)}>
          {mistake ? <span className={styles.mistake}>{mistake}</span> : null}
        </DifferenceLine>
      ))}
    </PendingChanges>
  );
}

/** GPUs are kept as JSON while they are chosen. */
const shown = (text: string): string => (text.startsWith('{"product"') ? gpuWords(JSON.parse(text)) : text);
