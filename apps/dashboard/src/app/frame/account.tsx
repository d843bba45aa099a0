import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import { meQuery } from '../../api/queries.ts';
import { Icon } from '../../parts/icon.tsx';
import { MenuButton, MenuLine, MenuLink } from '../../parts/menu.tsx';
import { Popover } from '../../parts/popover.tsx';
import { plainLine } from '../../words/plain-text.ts';
import { accountPath, tokensPath } from '../paths.ts';
import { setTheme, type Theme, themes, useTheme } from '../theme.ts';
import styles from './account.module.css';

const themeNames: Readonly<Record<Theme, string>> = { system: 'As the system', dark: 'Dark', light: 'Light' };
const themeIcons = { system: 'screen', dark: 'moon', light: 'sun' } as const;

export function Account({ onHelp }: { readonly onHelp: () => void }) {
  const { data: me } = useQuery(meQuery);
  const name = plainLine(me?.user?.name ?? me?.token.name ?? '');
  return (
    <Popover className={styles.button} align="end" name="You" button={<Icon name="person" />}>
      {(close) => (
        <>
          <div className={styles.who}>
            <p>{name}</p>
            {me?.user ? <p className={styles.email}>{plainLine(me.user.email)}</p> : null}
          </div>
          <MenuLine />
          <MenuLink to={accountPath} icon="key" onClick={close}>
            Account
          </MenuLink>
          <MenuLine />
          <Themes />
          <MenuLine />
          <MenuLink icon="key" to={tokensPath} onClick={close}>
            Tokens
          </MenuLink>
          <MenuButton
            icon="terminal"
            onClick={() => {
              close();
              onHelp();
            }}
          >
            Keys
          </MenuButton>
          <MenuButton icon="out" onClick={() => void signOut()}>
            Sign out
          </MenuButton>
        </>
      )}
    </Popover>
  );
}

function Themes() {
  const theme = useTheme();
  return (
    <fieldset className={styles.themes}>
      <legend className="visually-hidden">Colours</legend>
      {themes.map((one) => (
        <label key={one} className={styles.theme} title={themeNames[one]}>
          <input
            type="radio"
            name="theme"
            className="visually-hidden"
            checked={theme === one}
            onChange={() => setTheme(one)}
          />
          <Icon name={themeIcons[one]} />
          <span>{one === 'system' ? 'System' : themeNames[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Ends the session everywhere, then begins anew with nothing of it left in memory. */
export async function signOut(): Promise<void> {
  await client.deleteSession().catch(() => {});
  location.assign('/');
}
