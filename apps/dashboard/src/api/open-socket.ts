import { ApiProblem, ApiUnreachable, type SocketHead, type SocketOpening, socketNames } from '@sconce/contract';
import { client } from './client.ts';

export interface SocketWish {
  readonly service: string;
  readonly path: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

export interface SocketListener {
  /** How the service answered; 101: it is open. */
  readonly onHead: (head: SocketHead) => void;
  /** The platform refused, or could not reach the service. */
  readonly onProblem: (error: unknown) => void;
  readonly onMessage: (data: string | ArrayBuffer) => void;
  readonly onClose: (end: { readonly code: number; readonly reason: string }) => void;
}

/** Opens a WebSocket to a service through the platform. Answers the browser's own: the first message is the platform's, and told as `onHead`. */
export function openSocket(wish: SocketWish, listener: SocketListener): WebSocket {
  const { path, protocols } = wish;
  const query = { path, ...(protocols.length > 0 ? { protocols: protocols.join(',') } : {}) };
  const url = new URL(`/v1/services/${encodeURIComponent(wish.service)}/socket`, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = new URLSearchParams(query).toString();
  const socket = new WebSocket(url, [socketNames.protocol, ...headersAsProtocol(wish.headers)]);
  socket.binaryType = 'arraybuffer';
  let isOpening = true;
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (!isOpening) return listener.onMessage(data);
    isOpening = false;
    const opening = JSON.parse(String(data)) as SocketOpening;
    if ('head' in opening) listener.onHead(opening.head);
    else listener.onProblem(new ApiProblem(opening.problem.status, opening.problem, null));
  };
  socket.onclose = ({ code, reason }) => {
    // A browser does not say why a WebSocket was refused; asked without one, the API does.
    if (isOpening) void whyRefused(wish.service, query).then(listener.onProblem);
    listener.onClose({ code, reason });
  };
  return socket;
}

async function whyRefused(service: string, query: { readonly path: string; readonly protocols?: string }) {
  try {
    await client.openSocket({ params: { service }, query });
    return new ApiUnreachable('The WebSocket broke off before it was open');
  } catch (error) {
    return error;
  }
}

/** A page can name no header with a WebSocket; a subprotocol stands in for it, and in no address that is written down anywhere. */
function headersAsProtocol(headers: SocketWish['headers']): readonly string[] {
  if (Object.keys(headers).length === 0) return [];
  const text = btoa(JSON.stringify(headers)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return [`${socketNames.headers}${text}`];
}
