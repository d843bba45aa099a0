import type { Session } from '@sconce/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { sessionsQuery } from '../../api/account-queries.ts';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { Ago } from '../../parts/time.tsx';
import { browserName } from '../../words/browser.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './account.module.css';

/** Where one is signed in, and the ways out of there. */
export function Sessions() {
  const sessions = useQuery(sessionsQuery);
  const others = sessions.data?.filter(({ current }) => !current).length ?? 0;
  const endOthers = useMutation({
    mutationFn: () => client.endOtherSessions(),
    onSettled: readAnew,
  });
  return (
    <Section
      title="Sessions"
      aside={
        others > 0 ? (
          <Button busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            End {others === 1 ? 'the other one' : `the ${others} others`}
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
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        )}
      </Loaded>
      <AsCommand api={{ name: 'endOtherSessions' }} />
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

function SessionRow({ session }: { readonly session: Session }) {
  const { id, userAgent, address, createdAt, lastUsedAt, beganWith, current } = session;
  const browser = browserName(userAgent);
  const end = useMutation({
    mutationFn: () => client.endSession({ params: { session: id } }),
    onSettled: readAnew,
  });
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
        <Button look="quiet" busy={end.isPending} title={`End ${browser}`} onClick={() => end.mutate()}>
          End
        </Button>
      )}
      {end.error ? <Problem error={end.error} what="It did not end" /> : null}
    </li>
  );
}
