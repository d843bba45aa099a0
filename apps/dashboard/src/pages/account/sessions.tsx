import type { Session } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { sessionsQuery } from '../../api/account-queries.ts';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { Ago } from '../../parts/time.tsx';
import { endOtherSessions, endSession } from '../../words/actions/people-actions.ts';
import { browserName } from '../../words/browser.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './account.module.css';

/** Where one is signed in, and the ways out of there. */
export function Sessions() {
  const sessions = useQuery(sessionsQuery);
  const others = sessions.data?.filter(({ current }) => !current) ?? [];
  const endOthers = useWrite({
    as: endOtherSessions(),
    mutationFn: () => client.endOtherSessions(),
    onSettled: readAnew,
  });
  const end = useWrite({
    as: endSession(others[0]?.id ?? 'tok_01k'),
    mutationFn: (session: string) => client.endSession({ params: { session } }),
    onSettled: readAnew,
  });
  return (
    <Section
      title="Sessions"
      aside={
        others.length > 0 ? (
          <Button busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            End {others.length === 1 ? 'the other one' : `the ${others.length} others`}
          </Button>
        ) : null
      }
    >
      <p className={styles.lead}>
        Browsers in which you are signed in. One that is not used for a week ends by itself, and each after a month.
      </p>
      {endOthers.error ? <Problem error={endOthers.error} what="They did not end" /> : null}
      <Loaded
        asked={sessions}
        problem="Your sessions could not be read"
        skeleton={<SkeletonRows rows={3} what="sessions" />}
      >
        {(all) => (
          <ul className={styles.rows}>
            {all.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                isEnding={end.isPending && end.variables === session.id}
                onEnd={() => end.mutate(session.id)}
              />
            ))}
          </ul>
        )}
      </Loaded>
      {end.error ? <Problem error={end.error} what="It did not end" /> : null}
      {others.length > 0 ? <AsCommand what="End one" {...end.as} /> : null}
      <AsCommand what="End the others" {...endOthers.as} />
    </Section>
  );
}

const readAnew = () => cache.invalidateQueries({ queryKey: ['sessions'] });

const ways: Readonly<Record<NonNullable<Session['beganWith']>, string>> = {
  link: 'a link',
  token: 'a token',
  password: 'a password',
  passkey: 'a passkey',
  password_and_passkey: 'a password and a passkey',
};

interface SessionRowProps {
  readonly session: Session;
  readonly isEnding: boolean;
  readonly onEnd: () => void;
}

function SessionRow({ session, isEnding, onEnd }: SessionRowProps) {
  const { userAgent, address, createdAt, lastUsedAt, beganWith, current } = session;
  const browser = browserName(userAgent);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <p title={userAgent ? plainLine(userAgent) : undefined}>{browser}</p>
        <p className={styles.about}>
          Began <Ago at={createdAt} />
          {beganWith ? ` with ${ways[beganWith]}` : ''}, at {address ? plainLine(address, 60) : 'an unknown address'}.
          Last seen {current ? 'now' : <Ago at={lastUsedAt ?? createdAt} />}.
        </p>
      </div>
      {current ? (
        <p className={styles.soft}>This one</p>
      ) : (
        <Button look="quiet" busy={isEnding} title={`End ${browser}`} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  );
}
