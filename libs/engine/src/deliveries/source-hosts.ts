import type { DeliveryHost } from '@sconce/core';
import type { PushedRepository } from '@sconce/db';
import type { SourceHost, SourceRepository } from '@sconce/ports';

/** The git hosts that are set up; null: this one is not. */
export type SourceHosts = Readonly<Record<DeliveryHost, SourceHost | null>>;

export interface RepositorySource {
  readonly host: SourceHost;
  readonly repository: SourceRepository;
}

/** Null when the repository's host is not set up here. */
export function sourceOf(hosts: SourceHosts, repository: PushedRepository): RepositorySource | null {
  const host = hosts[repository.kind];
  if (host === null) return null;
  const { kind, hostId, fullName, installationId } = repository;
  return { host, repository: { host: kind, hostId, fullName, installationId } };
}
