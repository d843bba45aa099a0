import { Dialog } from '../../parts/dialog.tsx';
import { SignInWays } from './sign-in-ways.tsx';

/** The session ended under an open page: it was ended elsewhere, or nobody used it for long. What was typed stays. */
export function SignInAgain() {
  return (
    <Dialog title="Sign in again" onClose={() => {}} closable={false}>
      <p>Your session has ended. The page stays as you left it; nothing you typed is lost.</p>
      <SignInWays onEntered={() => {}} />
    </Dialog>
  );
}
