import type { Service } from '@sconce/contract';
import { type ReactNode, useId } from 'react';
import { Button } from '../../parts/button.tsx';
import { GpuChoice } from './gpu-choice.tsx';
import styles from './service-settings.module.css';
import type { SettingField } from './setting-fields.ts';
import { factsOf, layerWords } from './setting-layers.ts';
import type { SettingsDraft } from './use-settings-draft.ts';

interface SettingRowProps {
  readonly service: Service;
  readonly field: SettingField;
  readonly draft: SettingsDraft;
  readonly mayWrite: boolean;
}

/** A setting, what it is, who says so, and the way back to what is below. */
export function SettingRow({ service, field, draft, mayWrite }: SettingRowProps) {
  const { key, label, about, nothing, look } = field;
  const id = useId();
  const { text: now, layer } = factsOf(service, field);
  const typed = draft.texts[key];
  const text = typed ?? now;
  const mistake = draft.changes.find((change) => change.key === key)?.mistake ?? null;
  const isTouched = typed !== undefined;
  const common = {
    id,
    disabled: !mayWrite || typed === null,
    'aria-describedby': `${id}-layer`,
    ...(mistake ? { 'aria-invalid': true } : {}),
  };
  const onChange = (next: string) => (next === now ? draft.undo(key) : draft.type(key, next));
  return (
    <div className={styles.row} data-touched={isTouched || undefined}>
      <label htmlFor={id} className={styles.label}>
        {label}
        {about ? <span className={styles.about}>{about}</span> : null}
      </label>
      <div className={styles.value}>
        {look === 'gpu' ? (
          <GpuChoice {...common} service={service} value={text} onChoose={onChange} />
        ) : look === 'lines' ? (
          <textarea
            {...common}
            className={styles.input}
            rows={Math.min(8, Math.max(1, text.split('\n').length))}
            value={text}
            placeholder={nothing}
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
        ) : (
          <input
            {...common}
            className={styles.input}
            value={text}
            placeholder={nothing}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
        {mistake ? <p className={styles.mistake}>{mistake}</p> : null}
      </div>
      <span id={`${id}-layer`} className={styles.layer} data-layer={layer}>
        {isTouched ? (typed === null ? 'taken back' : 'not saved') : layerWords[layer]}
      </span>
      <span className={styles.action}>
        <Way isTouched={isTouched} layer={layer} mayWrite={mayWrite} field={field} draft={draft} />
      </span>
    </div>
  );
}

interface WayProps extends Pick<SettingRowProps, 'field' | 'draft' | 'mayWrite'> {
  readonly isTouched: boolean;
  readonly layer: string;
}

function Way({ isTouched, layer, mayWrite, field, draft }: WayProps): ReactNode {
  if (!mayWrite) return null;
  if (isTouched)
    return (
      <Button look="quiet" onClick={() => draft.undo(field.key)} title={`Undo: ${field.label}`}>
        Undo
      </Button>
    );
  if (layer !== 'here') return null;
  return (
    <Button look="quiet" onClick={() => draft.type(field.key, null)} title={`Take back: ${field.label}`}>
      Take back
    </Button>
  );
}
