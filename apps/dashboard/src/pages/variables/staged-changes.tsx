import { useState } from 'react';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Overtaken } from '../../parts/overtaken.tsx';
import { Problem } from '../../parts/problem.tsx';
import { quoted } from '../../words/as-command.ts';
import { plural } from '../../words/duration.ts';
import { type Difference, toPatch } from '../../words/staged.ts';
import type { Stage, VariableOwner } from './use-staged.ts';
import styles from './variables.module.css';

/** The difference, and applying it: with a release at once, or with the next one. */
export function StagedChanges({ owner, stage }: { readonly owner: VariableOwner; readonly stage: Stage }) {
  const [deploy, setDeploy] = useState(true);
  const { differences, apply, overtaken } = stage;
  if (differences.length === 0)
    return (
      <p className={styles.soft} role="status">
        {apply.isSuccess ? 'Applied.' : ''}
      </p>
    );
  return (
    <section className={styles.staged} aria-label="Changes that are not applied yet">
      <ul className={styles.differences}>
        {differences.map((difference) => (
          <DifferenceLine key={difference.name} difference={difference} />
        ))}
      </ul>
      {overtaken ? (
        <OvertakenBy names={overtaken} stage={stage} />
      ) : apply.error ? (
        <Problem error={apply.error} what="Nothing was applied" />
      ) : null}
      <footer className={styles.footer}>
        <AsCommand {...commandsOf(owner, differences, deploy)} />
        <label className={styles.check}>
          <input type="checkbox" checked={deploy} onChange={(event) => setDeploy(event.target.checked)} />
          {owner.kind === 'service' ? 'Deploy at once' : 'Deploy all its services at once'}
        </label>
        <Button onClick={stage.discard}>Discard</Button>
        <Button
          look="primary"
          busy={apply.isPending}
          disabled={overtaken !== null}
          onClick={() => apply.mutate(deploy)}
        >
          Apply {plural(differences.length, 'change')}
        </Button>
      </footer>
    </section>
  );
}

function OvertakenBy({ names, stage }: { readonly names: readonly string[]; readonly stage: Stage }) {
  const what = names.length === 0 ? 'these' : names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return (
    <Overtaken onGoOn={stage.goOn}>
      Somebody else changed {what}
      {more} meanwhile. The table shows what they made, and the difference above is against it.
    </Overtaken>
  );
}

function DifferenceLine({ difference }: { readonly difference: Difference }) {
  const { name, from, to, change } = difference;
  return (
    <li className={styles.difference}>
      <code>{name}</code>
      <span className="visually-hidden">{change}</span>
      {change === 'added' ? null : <del>{from ?? 'sealed'}</del>}
      {to === null ? null : <ins>{to === '' ? 'empty' : to}</ins>}
    </li>
  );
}

function commandsOf(owner: VariableOwner, differences: readonly Difference[], deploy: boolean) {
  const place = owner.kind === 'service' ? `--service ${owner.path}` : `--environment ${owner.path}`;
  const set = differences.flatMap(({ name, to }) => (to === null ? [] : [quoted(`${name}=${to}`)]));
  const unset = differences.flatMap(({ name, to }) => (to === null ? [name] : []));
  const flag = deploy ? ' --deploy' : '';
  const cli = [
    set.length > 0 ? `sconce variables set ${set.join(' ')} ${place}${flag}` : null,
    unset.length > 0 ? `sconce variables unset ${unset.join(' ')} ${place}${flag}` : null,
  ];
  return {
    cli: cli.filter((line) => line !== null).join('\n'),
    api: {
      name: owner.kind === 'service' ? 'updateServiceVariables' : 'updateEnvironmentVariables',
      params: { [owner.kind]: owner.path },
      query: { deploy: deploy || undefined },
      body: toPatch(differences),
    } as const,
  };
}
