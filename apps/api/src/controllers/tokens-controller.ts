import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { listTokens, type TokenRow } from '@sconce/db';
import { createToken, readToken, revokeToken } from '@sconce/engine';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { placeInQuery } from './place-in-query.ts';

@Controller()
export class TokensController {
  @Endpoint(endpoints.listTokens)
  async listTokens(call: Call<typeof endpoints.listTokens>) {
    const { project, revoked = false } = call.query;
    const { caller } = call;
    const place = project === undefined ? null : await placeInQuery(call, 'project', project, 'admin');
    if (place === null && (caller.user === null || caller.rights.projectId !== null)) {
      throw new ApiError('forbidden', 'This token is confined to a project, and so is what it may list', {
        hint: 'Name the project: `?project=`.',
      });
    }
    const filter = { userId: place ? null : (caller.user?.id ?? 'nobody'), projectId: place?.id ?? null, revoked };
    const rows = await listTokens(call.deps.db.tx, filter, call.page.listing, new Date(call.deps.clock.now()));
    return call.page.of(rows, (row) => row.id, toToken);
  }

  @Endpoint(endpoints.createToken, { sealReply: true })
  async createToken(call: Call<typeof endpoints.createToken>) {
    const { text, token } = await createToken(call.deps, { caller: call.caller, request: call.body });
    call.reply.header('location', `/v1/tokens/${token.id}`);
    return { ...toToken(token), token: text };
  }

  @Endpoint(endpoints.getToken)
  async getToken(call: Call<typeof endpoints.getToken>) {
    return toToken(await readToken(call.deps, { caller: call.caller, id: call.params.token }));
  }

  @Endpoint(endpoints.deleteToken)
  async deleteToken(call: Call<typeof endpoints.deleteToken>) {
    await revokeToken(call.deps, { caller: call.caller, id: call.params.token });
    return { id: call.params.token, also: {} };
  }
}

export function toToken(row: TokenRow) {
  return { ...row, kind: row.kind as 'personal', scopes: row.scopes as 'read'[] };
}
