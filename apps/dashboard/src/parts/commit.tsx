import type { Build } from '@sconce/contract';
import { authorName, commitTitle, shortSha } from '../words/plain-text.ts';
import styles from './commit.module.css';

type CommitFacts = Build['commit'];

/** `3fa9c1d Resize before crop, Ana`: cut at the end where there is no room, whole when pointed at. */
export function Commit({ commit, author = true }: { readonly commit: CommitFacts | null; readonly author?: boolean }) {
  if (!commit) return <span className={styles.none}>no commit</span>;
  const title = commitTitle(commit.message);
  const name = authorName(commit.author);
  return (
    <span className={styles.commit} title={[commit.sha, title, name].filter(Boolean).join('\n')}>
      <code>{shortSha(commit.sha)}</code>
      {title ? (
        <span className={styles.title} dir="auto">
          {title}
        </span>
      ) : null}
      {author && name ? <span className={styles.author}>{name}</span> : null}
    </span>
  );
}
