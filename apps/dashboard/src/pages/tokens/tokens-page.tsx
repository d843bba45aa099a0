import type { Token } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { tokensQuery } from '../../api/project-queries.ts';
import { meQuery, projectsQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { Check } from '../../parts/check.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { Select } from '../../parts/select.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { NewToken } from './new-token.tsx';
import { TokenTable } from './token-table.tsx';
import styles from './tokens.module.css';

/** What programs sign in with: one's own, and those of the projects one administers. Which ones is in the address. */
export function TokensPage() {
  useTitle('Tokens');
  const [search, setSearch] = useSearchParams();
  const { data: me } = useQuery(meQuery);
  const { data: projects = [] } = useQuery(projectsQuery);
  const project = search.get('project');
  const ended = search.get('ended') === 'true';
  const tokens = useQuery(tokensQuery(project, ended));
  const administered = projects.filter(({ role }) => role === 'admin');
  const filter = (next: { readonly project?: string | null; readonly ended?: boolean }) => {
    const to = { project, ended, ...next };
    const kept = { ...(to.project ? { project: to.project } : {}), ...(to.ended ? { ended: 'true' } : {}) };
    setSearch(kept, { replace: true });
  };
  return (
    <div className={styles.page}>
      <h1>Tokens</h1>
      <NewToken administered={administered} me={me ?? null} />
      <Section
        title={project === null ? 'Your tokens' : `Tokens of ${project}`}
        aside={
          <Check checked={ended} onChange={(checked) => filter({ ended: checked })}>
            Also those that ended
          </Check>
        }
      >
        {administered.length > 0 ? (
          <div className={styles.whose}>
            <Select label="Whose" value={project ?? ''} onChoose={(value) => filter({ project: value || null })}>
              <option value="">Yours</option>
              {administered.map(({ id, slug }) => (
                <option key={id} value={slug}>
                  Of {slug}
                </option>
              ))}
            </Select>
          </div>
        ) : null}
        <Loaded
          asked={tokens}
          problem="The tokens could not be read"
          skeleton={<SkeletonRows rows={4} what="tokens" />}
        >
          {(all) => (all.length === 0 ? <Nothing /> : <TokenTable tokens={all} ownId={ownId(all, me?.token.id)} />)}
        </Loaded>
      </Section>
    </div>
  );
}

const ownId = (tokens: readonly Token[], id: string | undefined): string | null =>
  tokens.find((token) => token.id === id)?.id ?? null;

function Nothing() {
  return (
    <p className={styles.soft}>
      None. A token lets a program do what you may do, or less: the command line, git, or a pipeline.
    </p>
  );
}
