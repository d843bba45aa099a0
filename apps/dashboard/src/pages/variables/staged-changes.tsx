import { Overtaken } from '../../parts/overtaken.tsx';
import { DifferenceLine, PendingChanges } from '../../parts/pending-changes.tsx';
import type { Stage, VariableOwner } from './use-staged.ts';

/** The difference, and applying it. */
export function StagedChanges({ owner, stage }: { readonly owner: VariableOwner; readonly stage: Stage }) {
  const { differences, apply, overtaken, deploy, setDeploy } = stage;
  return (
    <PendingChanges
      count={differences.length}
      verb="Apply"
      done="applied"
      write={apply}
      overtaken={overtaken ? <OvertakenBy names={overtaken} stage={stage} /> : null}
      deploy={deploy}
      deployWords={owner.kind === 'service' ? 'Deploy at once' : 'Deploy all its services at once'}
      onDeploy={setDeploy}
      onDiscard={stage.discard}
    >
      {differences.map(({ name, change, from, to }) => (
        <DifferenceLine
          key={name}
          name={
            <>
              <code>{name}</code>
              <span className="visually-hidden">{change}</span>
            </>
          }
          from={change === 'added' ? null : (from ?? 'sealed')}
          to={to === '' ? 'empty' : to}
        />
      ))}
    </PendingChanges>
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
