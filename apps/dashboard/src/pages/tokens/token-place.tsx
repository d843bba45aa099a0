import type { Project } from '@sconce/contract';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { environmentsQuery, projectsQuery } from '../../api/queries.ts';
import { Select } from '../../parts/select.tsx';
import type { TokenKind } from './token-request.ts';

interface TokenPlaceProps {
  readonly kind: TokenKind;
  readonly place: string;
  readonly administered: readonly Project[];
  readonly onChoose: (place: string) => void;
}

/** Where a token stays inside of. One that is nobody's has to stay somewhere. */
export function TokenPlace({ kind, place, administered, onChoose }: TokenPlaceProps) {
  if (kind === 'deploy') return <EnvironmentChoice place={place} administered={administered} onChoose={onChoose} />;
  return <ProjectChoice kind={kind} place={place} administered={administered} onChoose={onChoose} />;
}

function ProjectChoice({ kind, place, administered, onChoose }: TokenPlaceProps) {
  const { data: projects = [] } = useQuery(projectsQuery);
  const offered = kind === 'personal' ? projects : administered;
  return (
    <Select label="Where" value={place} onChoose={onChoose}>
      {kind === 'personal' ? <option value="">Wherever you may</option> : null}
      {offered.map(({ id, slug }) => (
        <option key={id} value={slug}>
          Only in {slug}
        </option>
      ))}
    </Select>
  );
}

function EnvironmentChoice({ place, administered, onChoose }: Omit<TokenPlaceProps, 'kind'>) {
  const lists = useQueries({ queries: administered.map(({ slug }) => environmentsQuery(slug)) });
  const paths = lists.flatMap(({ data = [] }) => data.map(({ path }) => path));
  const first = paths[0];
  const isChosen = paths.includes(place);
  useEffect(() => {
    if (!isChosen && first !== undefined) onChoose(first);
  }, [isChosen, first, onChoose]);
  return (
    <Select label="Environment" value={place} onChoose={onChoose}>
      {paths.map((path) => (
        <option key={path}>{path}</option>
      ))}
    </Select>
  );
}
