import type { Page } from 'playwright-core';

export interface VirtualPasskeys {
  /** What is on it. */
  count(): Promise<number>;
  /** Whether whoever holds it can unlock it. */
  setUnlocked(unlocked: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** Chromium's own authenticator without a device, as in a laptop: it keeps passkeys, and unlocks itself. It belongs to this page. */
export async function plugInPasskeys(page: Page): Promise<VirtualPasskeys> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    count: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    setUnlocked: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}
