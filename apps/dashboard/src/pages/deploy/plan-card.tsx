import type { DeployPlan } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { environmentsQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { servicePath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import type { Action } from '../../words/actions/action.ts';
import type { Standing } from '../../words/actions/service-actions.ts';
import { mebibytes } from '../../words/bytes.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './plan-card.module.css';

export interface Destination {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

interface PlanCardProps {
  readonly plan: DeployPlan;
  /** Commit and branch, or the example. */
  readonly source: ReactNode;
  /** Of a project that stands; null: it is asked for, with this as a proposal. */
  readonly project: string | null;
  readonly proposedProject?: string;
  /** The same for a terminal. */
  readonly asAction: (to: Destination, standing: Standing) => Action;
  /** Answers the service's path. */
  readonly onDeploy: (to: Destination) => Promise<string>;
}

const slug = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** All that is known before anything runs, each with where it was read; then one press. */
export function PlanCard({ plan, source, project, proposedProject = '', asAction, onDeploy }: PlanCardProps) {
  const [, navigate] = useLocation();
  const [to, setTo] = useState<Destination>({
    project: project ?? proposedProject,
    environment: 'production',
    service: plan.service,
  });
  const mayHere = useMay(project, 'write');
  const environments = useQuery({ ...environmentsQuery(to.project), enabled: project !== null }).data ?? [];
  const standing = {
    project: project !== null,
    environment: environments.some(({ slug: one }) => one === to.environment),
  };
  const deploy = useWrite({
    as: asAction(to, standing),
    mutationFn: () => onDeploy(to),
    onSuccess: (path) => navigate(servicePath(path)),
  });
  const wrong = Object.values(to).some((text) => !slug.test(text));
  const isInTheWay = plan.problems.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong && !isInTheWay) deploy.mutate();
  };
  return (
    <form className={styles.card} onSubmit={submit}>
      <Facts plan={plan} source={source} />
      {plan.problems.map(({ message, hint }) => (
        <div key={message} className={styles.problem} role="status">
          <StateShape state="failed" />
          <p>
            {plainLine(message, 400)} <span className={styles.soft}>{hint}</span>
          </p>
        </div>
      ))}
      <Where to={to} hasProject={project !== null} onChange={setTo} />
      {deploy.error ? <Problem error={deploy.error} what="It was not deployed" /> : null}
      <AsCommand {...deploy.as} />
      <div className={styles.actions}>
        <Button
          type="submit"
          look="primary"
          busy={deploy.isPending}
          disabled={isInTheWay || wrong || (project !== null && !mayHere)}
        >
          Deploy
        </Button>
        <span className={styles.soft}>
          {project !== null && !mayHere
            ? `Deploying here needs the role developer in ${project}.`
            : wrong
              ? 'Names are lower-case letters, digits and inner dashes.'
              : `It will answer at /${to.project}/${to.environment}/${to.service}/ on the gateway.`}
        </span>
      </div>
    </form>
  );
}

function Facts({ plan, source }: { readonly plan: DeployPlan; readonly source: ReactNode }) {
  const { dockerfile, context, port, probe, gpu, memoryMiB, services } = plan;
  return (
    <dl className={styles.facts}>
      <Fact name="From">{source}</Fact>
      <Fact name="Built with" from={context === '.' ? undefined : `in the folder ${plainLine(context, 60)}`}>
        {dockerfile === null ? 'no Dockerfile' : <code>{plainLine(dockerfile, 80)}</code>}
      </Fact>
      <Fact name="Port" from={port.from}>
        {port.value === null ? 'unknown' : <code>{port.value}</code>}
      </Fact>
      <Fact name="Ready when" from={probe.from}>
        {probe.value === null ? 'it accepts connections' : <code>GET {plainLine(probe.value, 60)}</code>}
      </Fact>
      <Fact name="GPU" from={gpu.from}>
        {gpu.value ? 'yes, one' : 'no'}
      </Fact>
      <Fact name="Memory" from={memoryMiB.from}>
        {memoryMiB.value === null ? 'no limit' : mebibytes(memoryMiB.value)}
      </Fact>
      {services.length > 1 ? (
        <Fact name="Services" from="sconce.yaml; a push deploys them all">
          {services.map((one) => plainLine(one, 40)).join(', ')}
        </Fact>
      ) : null}
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  readonly from?: string | undefined;
  readonly children: ReactNode;
}

function Fact({ name, from, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children} {from ? <span className={styles.soft}>{plainLine(from, 160)}</span> : null}
      </dd>
    </div>
  );
}

interface WhereProps {
  readonly to: Destination;
  readonly hasProject: boolean;
  readonly onChange: (to: Destination) => void;
}

/** Filled in already: to be changed by those who want it elsewhere. */
function Where({ to, hasProject, onChange }: WhereProps) {
  const field = (name: keyof Destination, label: string) => (
    <Field
      label={label}
      mono
      autoComplete="off"
      value={to[name]}
      aria-invalid={slug.test(to[name]) ? undefined : true}
      onChange={(event) => onChange({ ...to, [name]: event.target.value })}
    />
  );
  return (
    <div className={styles.where}>
      {hasProject ? null : field('project', 'Project')}
      {field('environment', 'Environment')}
      {field('service', 'Service')}
    </div>
  );
}
