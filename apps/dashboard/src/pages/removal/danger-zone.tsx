import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Section } from '../../parts/section.tsx';
import type { Place } from '../../words/actions/place-actions.ts';
import styles from './removal.module.css';
import { RemovePlace } from './remove-place.tsx';

interface DangerZoneProps {
  readonly kind: Place;
  readonly id: string;
  readonly path: string;
  readonly version: number;
  /** What goes with it, in a sentence or two. */
  readonly about: string;
  readonly onRemoved: () => void;
}

/** At the end of a page of settings: what cannot be undone. */
export function DangerZone({ about, kind, ...place }: DangerZoneProps) {
  const [isAsked, setAsked] = useState(false);
  return (
    <Section title="Danger zone">
      <div className={styles.danger}>
        <p>{about}</p>
        <Button look="danger" onClick={() => setAsked(true)}>
          Remove the {kind}
        </Button>
      </div>
      {isAsked ? <RemovePlace kind={kind} {...place} onClose={() => setAsked(false)} /> : null}
    </Section>
  );
}
