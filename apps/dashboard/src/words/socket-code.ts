import { quoted } from './as-command.ts';
import { literal } from './call-code.ts';

/** A WebSocket as a person put it together. */
export interface CodedSocket {
  /** Of the gateway, whole: `ws://...` */
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent once it is open; null: nothing. */
  readonly text: string | null;
}

export type SocketLanguage = 'websocat' | 'Python' | 'JavaScript';
export const socketLanguages: readonly SocketLanguage[] = ['websocat', 'Python', 'JavaScript'];

/** The same socket from somewhere else, at the gateway's own address. */
export function asSocketCode(language: SocketLanguage, socket: CodedSocket): string {
  if (language === 'websocat') return asWebsocat(socket);
  return language === 'Python' ? asPython(socket) : asJavaScript(socket);
}

function asWebsocat({ url, protocols, headers, text }: CodedSocket): string {
  const lines = ['websocat'];
  if (protocols.length > 0) lines.push(`--protocol=${quoted(protocols.join(', '))}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`--header=${quoted(`${name}: ${value}`)}`);
  // By itself it sends each line as a message, and closes where the input ends.
  const says = text === null ? '' : `printf %s ${quoted(text)} | `;
  if (text !== null) lines.push('--no-close', ...(text.includes('\n') ? ['--no-line'] : []));
  lines.push(quoted(url));
  return says + lines.join(' ');
}

function asPython({ url, protocols, headers, text }: CodedSocket): string {
  const options = [
    literal(url),
    ...(protocols.length > 0 ? [`subprotocols=${literal(protocols)}`] : []),
    ...(Object.keys(headers).length > 0 ? [`additional_headers=${literal(headers)}`] : []),
  ];
  return [
    'from websockets.sync.client import connect  # pip install websockets',
    '',
    `with connect(${options.join(', ')}) as socket:`,
    ...(text === null ? [] : [`    socket.send(${literal(text)})`]),
    '    for message in socket:',
    '        print(message)',
  ].join('\n');
}

function asJavaScript({ url, protocols, headers, text }: CodedSocket): string {
  const named = Object.keys(headers).length > 0;
  const second = named
    ? `, { protocols: ${literal(protocols)}, headers: ${literal(headers)} }`
    : protocols.length > 0
      ? `, ${literal(protocols)}`
      : '';
  return [
    ...(named ? ['// Headers are for Node: browsers send none of their own with a WebSocket.'] : []),
    `const socket = new WebSocket(${literal(url)}${second});`,
    ...(text === null ? [] : [`socket.onopen = () => socket.send(${literal(text)});`]),
    'socket.onmessage = ({ data }) => console.log(data);',
    'socket.onclose = ({ code, reason }) => console.log("closed", code, reason);',
  ].join('\n');
}
