import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { makeService } from '../../api/make-service.ts';
import { useWrite } from '../../api/use-write.ts';
import { servicePath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { makeService as makeServiceAction } from '../../words/actions/service-actions.ts';
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
  const place = { project, environment: given.environment ?? 'production', service };
  const make = useWrite({
    as: makeServiceAction(
      { ...place, project: project || 'vision', service: service || 'resnet50' },
      { project: given.project !== undefined, environment: given.environment !== undefined },
    ),
    mutationFn: () => makeService(place),
    onSuccess: (path) => navigate(servicePath(path)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (mistakeInSlug(project) === null && mistakeInSlug(service) === null) make.mutate();
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
      <AsCommand {...make.as} />
    </form>
  );
}
