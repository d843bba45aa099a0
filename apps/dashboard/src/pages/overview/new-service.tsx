import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { makeService } from '../../api/make-service.ts';
import { servicePath } from '../../app/paths.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { mistakeInSlug } from '../../words/slug.ts';
import styles from './new-service.module.css';

interface NewServiceProps {
  /** Given: it goes there. Otherwise it is asked for. */
  readonly project?: string;
  readonly environment?: string;
}

/** Makes a place to push to: a service with a repository of its own, deployed from `main`. */
export function NewService(given: NewServiceProps) {
  const [, navigate] = useLocation();
  const [project, setProject] = useState(given.project ?? '');
  const [service, setService] = useState('');
  const [checked, setChecked] = useState(false);
  const make = useMutation({ mutationFn: makeService, onSuccess: (path) => navigate(servicePath(path)) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (mistakeInSlug(project) === null && mistakeInSlug(service) === null)
      make.mutate({ project, environment: given.environment ?? 'production', service });
  };
  const mistake = (text: string) => (checked ? mistakeInSlug(text) : null);
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        {given.project === undefined ? (
          <Field
            label="Project"
            placeholder="vision"
            mono
            autoComplete="off"
            value={project}
            mistake={mistake(project)}
            onChange={(event) => setProject(event.target.value)}
          />
        ) : null}
        <Field
          label="Service"
          placeholder="resnet50"
          mono
          autoComplete="off"
          value={service}
          mistake={mistake(service)}
          onChange={(event) => setService(event.target.value)}
        />
      </div>
      {make.error ? <Problem error={make.error} what="The service could not be made" /> : null}
      <div>
        <Button type="submit" look="primary" busy={make.isPending}>
          Make the service
        </Button>
      </div>
    </form>
  );
}
