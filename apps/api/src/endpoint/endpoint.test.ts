import { scopes as contractScopes, endpoints } from '@sconce/contract';
import { roleScopes, scopes } from '@sconce/core';
import { describe, expect, it } from 'vitest';
import 'reflect-metadata';
import { controllers } from '../controllers/index.ts';
import { checkHandlers } from './endpoint.ts';

describe('checkHandlers', () => {
  it('is content with the controllers as they are', () => {
    expect(() => checkHandlers(controllers, endpoints)).not.toThrow();
  });

  it('refuses a start without a handler for an endpoint, by its name', () => {
    expect(() => checkHandlers(controllers.slice(1), endpoints)).toThrow(/no handler: .*createBranchRule/);
    class Nothing {}
    expect(() => checkHandlers([Nothing], { getMe: endpoints.getMe })).toThrow('no handler: getMe');
  });

  it('refuses a start with an endpoint that states no permission', () => {
    const open = { ...endpoints, getMe: { ...endpoints.getMe, permission: '' as 'known' } };
    expect(() => checkHandlers(controllers, open)).toThrow(/getMe/);
  });
});

describe('the words of access', () => {
  it('are the same in the contract and in the rules', () => {
    expect(contractScopes).toEqual(scopes);
    expect(Object.keys(roleScopes)).toEqual(['viewer', 'developer', 'admin']);
  });
});
