/** A flame in its bracket. */
export function Logo({ size = 24 }: { readonly size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path fill="var(--flame-fill)" d="M16 2c1 5 6 7 6 13a6 6 0 0 1-12 0c0-3 2-4 3-7 1 2 2 3 3 3 1-3 0-6 0-9z" />
      <path fill="var(--text-2)" d="M9 23h14v3a4 4 0 0 1-4 4h-6a4 4 0 0 1-4-4z" />
    </svg>
  );
}
