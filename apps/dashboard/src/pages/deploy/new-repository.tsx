import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { ensurePlace, ensureRepository } from '../../api/make-service.ts';
import { useWrite } from '../../api/use-write.ts';
import { deployPath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { makeRepository } from '../../words/actions/service-actions.ts';
import styles from '../overview/new-service.module.css';

const slug = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const slugRule = 'Lower-case letters, digits and inner dashes, at most 40.';

/** Makes a repository on the built-in git server, and what a token to push there needs. Then its plan waits for the push. */
export function NewRepository({ project: given }: { readonly project?: string | undefined }) {
  const [, navigate] = useLocation();
  const [project, setProject] = useState(given ?? 'models');
  const [repository, setRepository] = useState('');
  const [checked, setChecked] = useState(false);
  const make = useWrite({
    as: makeRepository({ project: project || 'models', environment: 'production' }, repository || 'resnet50', {
      project: given !== undefined,
      environment: false,
    }),
    mutationFn: async () => {
      await ensurePlace(project, 'production');
      await ensureRepository(project, repository);
    },
    onSuccess: () => navigate(deployPath({ repository: `${project}/${repository}` })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (slug.test(project) && slug.test(repository)) make.mutate();
  };
  const mistake = (text: string) => (checked && !slug.test(text) ? slugRule : null);
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        <Field
          label="Repository"
          placeholder="resnet50"
          mono
          autoComplete="off"
          value={repository}
          mistake={mistake(repository)}
          onChange={(event) => setRepository(event.target.value)}
        />
        {given === undefined ? (
          <Field
            label="Project"
            mono
            autoComplete="off"
            value={project}
            mistake={mistake(project)}
            onChange={(event) => setProject(event.target.value)}
          />
        ) : null}
      </div>
      {make.error ? <Problem error={make.error} what="The repository could not be made" /> : null}
      <div>
        <Button type="submit" busy={make.isPending}>
          Make the repository
        </Button>
      </div>
      <AsCommand {...make.as} />
    </form>
  );
}
