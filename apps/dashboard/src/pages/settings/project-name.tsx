import type { Project } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useSeen } from '../../api/use-seen.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Overtaken } from '../../parts/overtaken.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { renameProject } from '../../words/actions/place-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './settings.module.css';

/** What people call it; its slug, which addresses are made of, stays. */
export function ProjectName({ project }: { readonly project: Project }) {
  // Begun anew with each version until something was typed, and once what was typed is saved.
  const [begun, setBegun] = useState<Project | null>(null);
  const { name, version } = begun ?? project;
  return (
    <Section title="Name">
      <NameForm
        key={version}
        project={project}
        begunWith={{ name, version }}
        onBegin={() => setBegun((now) => now ?? project)}
        onEnd={() => setBegun(null)}
      />
    </Section>
  );
}

interface NameFormProps {
  readonly project: Project;
  readonly begunWith: { readonly name: string; readonly version: number };
  readonly onBegin: () => void;
  readonly onEnd: () => void;
}

function NameForm({ project, begunWith, onBegin, onEnd }: NameFormProps) {
  const [typed, setTyped] = useState(begunWith.name);
  const seen = useSeen(begunWith.version, project.version);
  const name = typed.trim();
  const save = useWrite({
    as: renameProject(project.slug, name || project.name),
    mutationFn: () =>
      client.updateProject({ params: { project: project.id }, body: { name }, ifMatch: `"${seen.version}"` }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['projects'] }).then(onEnd),
    onError: () => void cache.invalidateQueries({ queryKey: ['projects'] }),
  });
  const isOvertaken = seen.isOther && !save.isPending && !save.isSuccess;
  const isSame = name === project.name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name !== '' && !isSame && !isOvertaken) save.mutate();
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="Name of the project"
          autoComplete="off"
          maxLength={100}
          value={typed}
          onChange={(event) => {
            onBegin();
            setTyped(event.target.value);
          }}
        />
        <Button type="submit" busy={save.isPending} disabled={name === '' || isSame || isOvertaken}>
          Save the name
        </Button>
      </form>
      <div className={styles.under}>
        <p className={styles.soft}>Only what people read: addresses go on with {project.slug}.</p>
        {isOvertaken && !isSame ? (
          <Overtaken
            onGoOn={() => {
              save.reset();
              seen.renew();
            }}
          >
            Somebody else changed this project meanwhile: now it is called {plainLine(project.name, 100)}.
          </Overtaken>
        ) : save.error ? (
          <Problem error={save.error} what="The name was not saved" />
        ) : null}
        <AsCommand {...save.as} />
      </div>
    </>
  );
}
