import type { Project } from '@sconce/contract';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { cache } from '../../api/cache.ts';
import { homePath } from '../../app/paths.ts';
import { Button } from '../../parts/button.tsx';
import { Section } from '../../parts/section.tsx';
import { RemovePlace } from '../removal/remove-place.tsx';
import styles from './settings.module.css';

export function DangerZone({ project }: { readonly project: Project }) {
  const [, navigate] = useLocation();
  const [isAsked, setAsked] = useState(false);
  return (
    <Section title="Danger zone">
      <div className={styles.danger}>
        <p>
          Removing the project stops its services, and takes its repositories, environments, values and history away.
        </p>
        <Button look="danger" onClick={() => setAsked(true)}>
          Remove the project
        </Button>
      </div>
      {isAsked ? (
        <RemovePlace
          kind="project"
          id={project.id}
          path={project.slug}
          version={project.version}
          onRemoved={() => {
            navigate(homePath);
            void cache.invalidateQueries();
          }}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </Section>
  );
}
