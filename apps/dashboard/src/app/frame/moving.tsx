import { type Service, stateOfService } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { servicesQuery } from '../../api/queries.ts';
import { MenuHeading, MenuLink } from '../../parts/menu.tsx';
import { Popover } from '../../parts/popover.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import { Elapsed } from '../../parts/time.tsx';
import { movingPhase } from '../../words/service-words.ts';
import { servicePath } from '../paths.ts';
import styles from './moving.module.css';

/** How much is in progress anywhere, and what. */
export function Moving() {
  const { data: services = [] } = useQuery(servicesQuery);
  const moving = services.filter((service) => ['moving', 'paused'].includes(stateOfService(service)));
  if (moving.length === 0) return null;
  return (
    <Popover
      className={styles.button}
      align="end"
      name={`${moving.length} moving`}
      button={
        <>
          <StateShape state="moving" />
          <span>{moving.length}</span> <span className={styles.word}>moving</span>
        </>
      }
    >
      {(close) => (
        <>
          <MenuHeading>In progress</MenuHeading>
          {moving.map((service) => (
            <Row key={service.id} service={service} onChosen={close} />
          ))}
        </>
      )}
    </Popover>
  );
}

function Row({ service, onChosen }: { readonly service: Service; readonly onChosen: () => void }) {
  const phase = movingPhase(service);
  return (
    <MenuLink
      to={servicePath(service.path)}
      onClick={onChosen}
      about={
        phase ? (
          <>
            {phase.words}, <Elapsed since={phase.since} />
          </>
        ) : null
      }
    >
      {service.path}
    </MenuLink>
  );
}
