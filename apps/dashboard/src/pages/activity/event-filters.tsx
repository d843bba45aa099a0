import type { Event } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { environmentsQuery } from '../../api/queries.ts';
import { Select } from '../../parts/select.tsx';
import { actorWords } from '../../words/actor-words.ts';
import { eventNouns } from '../../words/event-words.ts';
import styles from './activity.module.css';

interface Values {
  readonly type?: string;
  readonly actor?: string;
  readonly environment?: string;
}

interface EventFiltersProps {
  /** Given: its environments are offered. */
  readonly project: string | null;
  readonly values: Values;
  readonly events: readonly Event[];
  readonly onChange: (values: Record<string, string>) => void;
}

export function EventFilters({ project, values, events, onChange }: EventFiltersProps) {
  const set = (name: keyof Values) => (value: string) => {
    const { [name]: _, ...others } = values;
    onChange(value === '' ? { ...others } : { ...others, [name]: value });
  };
  const people = new Map(events.flatMap(({ actor, actorName }) => (actor === null ? [] : [[actor, actorName]])));
  if (values.actor && !people.has(values.actor)) people.set(values.actor, null);
  return (
    <search className={styles.filters}>
      <Select label="What" value={values.type ?? ''} onChoose={set('type')} data-filter="">
        <option value="">Everything</option>
        {Object.entries(eventNouns).map(([noun, name]) => (
          <option key={noun} value={noun}>
            {name}
          </option>
        ))}
      </Select>
      {project === null ? null : (
        <EnvironmentChoice project={project} value={values.environment ?? ''} onChoose={set('environment')} />
      )}
      <Select label="Who" value={values.actor ?? ''} onChoose={set('actor')}>
        <option value="">Everybody</option>
        {[...people].map(([actor, actorName]) => (
          <option key={actor} value={actor}>
            {actorWords(actor, actorName)}
          </option>
        ))}
      </Select>
    </search>
  );
}

interface ChoiceProps {
  readonly project: string;
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

function EnvironmentChoice({ project, value, onChoose }: ChoiceProps) {
  const { data = [] } = useQuery(environmentsQuery(project));
  return (
    <Select label="Where" value={value} onChoose={onChoose}>
      <option value="">The whole project</option>
      {data.map(({ id, slug }) => (
        <option key={id}>{slug}</option>
      ))}
    </Select>
  );
}
