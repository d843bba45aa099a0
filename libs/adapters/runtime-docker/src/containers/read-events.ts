import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { isId, type ServiceId } from '@sconce/core';
import { label } from '../names.ts';

export interface ContainerEvent {
  readonly id: string;
  readonly action: 'create' | 'start' | 'die' | 'oom' | 'destroy' | 'pause' | 'unpause';
  readonly kind: 'replica' | 'sidecar' | 'sandbox';
  readonly service: ServiceId;
  readonly exitCode: number | null;
}

const actions: readonly string[] = ['create', 'start', 'die', 'oom', 'destroy', 'pause', 'unpause'];

/** Resolves when the stream ends or breaks. */
export async function readEvents(stream: Readable, onEvent: (event: ContainerEvent) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = parseEvent(line);
        if (event !== null) onEvent(event);
      }
    }
  } catch {
    // The connection broke: the same as its end for whoever follows.
  }
}

/** Null for what is of no interest. */
export function parseEvent(line: string): ContainerEvent | null {
  if (line.trim() === '') return null;
  let event: { Action?: string; Actor?: { ID?: string; Attributes?: Record<string, string> } };
  try {
    event = JSON.parse(line);
  } catch {
    return null;
  }
  const attributes = event.Actor?.Attributes ?? {};
  const id = event.Actor?.ID;
  const service = attributes[label.service];
  const kind = attributes[label.kind];
  if (kind !== 'replica' && kind !== 'sidecar' && kind !== 'sandbox') return null;
  if (id === undefined || !isId('svc', service) || !actions.includes(event.Action ?? '')) return null;
  const exitCode = Number(attributes.exitCode ?? Number.NaN);
  return {
    id,
    action: event.Action as ContainerEvent['action'],
    kind,
    service,
    exitCode: Number.isInteger(exitCode) ? exitCode : null,
  };
}
