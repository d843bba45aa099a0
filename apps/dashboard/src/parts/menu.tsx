import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Icon, type IconName } from './icon.tsx';
import styles from './menu.module.css';

interface MenuItem {
  readonly icon?: IconName | undefined;
  readonly about?: ReactNode;
  readonly children: ReactNode;
}

/** What a popover lists: buttons and links, one below the other. */
export function MenuButton({ icon, about, children, onClick }: MenuItem & { readonly onClick: () => void }) {
  return (
    <button type="button" className={styles.item} onClick={onClick}>
      <ItemBody icon={icon} about={about}>
        {children}
      </ItemBody>
    </button>
  );
}

export function MenuLink({
  icon,
  about,
  children,
  to,
  onClick,
}: MenuItem & { readonly to: string; readonly onClick: () => void }) {
  return (
    <Link href={to} className={styles.item} onClick={onClick}>
      <ItemBody icon={icon} about={about}>
        {children}
      </ItemBody>
    </Link>
  );
}

function ItemBody({
  icon,
  about,
  children,
}: {
  readonly icon: IconName | undefined;
  readonly about: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <>
      {icon ? <Icon name={icon} /> : null}
      <span className={styles.words}>
        <span>{children}</span>
        {about ? <span className={styles.about}>{about}</span> : null}
      </span>
    </>
  );
}

export function MenuHeading({ children }: { readonly children: ReactNode }) {
  return <p className={styles.heading}>{children}</p>;
}

export function MenuLine() {
  return <hr className={styles.line} />;
}
