/** What browsers keep a session under. `__Host-` wants TLS; on plain http (loopback) they would refuse it, so the name goes without. */
export const sessionCookieNames = { secure: '__Host-sconce', plain: 'sconce' } as const;
