/** Prefixed, sortable, branded ids. The text after the prefix is 26 characters of lower-case Crockford base 32. */
declare const brand: unique symbol;
export type Id<P extends string> = `${P}_${string}` & { readonly [brand]?: P };

export type ProjectId = Id<'prj'>;
export type EnvironmentId = Id<'env'>;
export type ServiceId = Id<'svc'>;
export type RepositoryId = Id<'rpo'>;
export type BranchRuleId = Id<'rul'>;
export type DeliveryId = Id<'dlv'>;
export type BuildId = Id<'bld'>;
export type ReleaseId = Id<'rel'>;
export type RolloutId = Id<'rol'>;
export type ExecId = Id<'exe'>;
export type EventId = Id<'evt'>;
export type TokenId = Id<'tok'>;
export type UserId = Id<'usr'>;
export type SecretGroupId = Id<'grp'>;
export type SecretId = Id<'sec'>;
export type VariableId = Id<'var'>;
/** One sealed version of a variable or a secret. */
export type SealedValueId = Id<'val'>;

const body = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** True when `text` is an id with this prefix. Never throws: ids come from strangers. */
export function isId<P extends string>(prefix: P, text: unknown): text is Id<P> {
  return typeof text === 'string' && text.startsWith(`${prefix}_`) && body.test(text.slice(prefix.length + 1));
}
