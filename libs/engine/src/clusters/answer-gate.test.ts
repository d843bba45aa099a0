import type { ServiceId } from '@sconce/core';
import { ImageNotThere, ReplicasRefused, RuntimeUnavailable } from '@sconce/ports';
import { expect, it } from 'vitest';
import { createAnswerGate } from './answer-gate.ts';

const [a, b, c] = ['svc_a', 'svc_b', 'svc_c'] as [ServiceId, ServiceId, ServiceId];
const away = () => Promise.reject(new RuntimeUnavailable('away'));

it('lets everything through while the cluster answers, refusals of its own among that', async () => {
  const gate = createAnswerGate(() => {});
  const open = Promise.withResolvers<number>();
  const waiting = gate.ask(a, () => open.promise);
  await expect(gate.ask(b, () => Promise.reject(new ReplicasRefused('gpu_insufficient', 'no')))).rejects.toThrow('no');
  expect(await gate.ask(c, async () => 2)).toBe(2);
  open.resolve(1);
  expect(await waiting).toBe(1);
});

it('asks one question at a time while it is away, and tells who was turned away once it answers', async () => {
  const told: ServiceId[][] = [];
  const gate = createAnswerGate((missed) => told.push([...missed]));
  await expect(gate.ask(a, away)).rejects.toThrow('away');
  const probe = Promise.withResolvers<string>();
  const asked = gate.ask(b, () => probe.promise);
  let wasAsked = false;
  const turnedAway = gate.ask(c, async () => {
    wasAsked = true;
  });
  await expect(turnedAway).rejects.toThrow(RuntimeUnavailable);
  expect(wasAsked).toBe(false);
  probe.resolve('here');
  expect(await asked).toBe('here');
  expect(told).toEqual([[a, c]]);
  expect(await gate.ask(c, async () => 'now')).toBe('now');
  expect(told.length).toBe(1);
});

it('lets the next one ask when the one before got no answer either', async () => {
  const gate = createAnswerGate(() => {});
  await expect(gate.ask(a, away)).rejects.toThrow();
  await expect(gate.ask(b, away)).rejects.toThrow();
  expect(await gate.ask(c, async () => 1)).toBe(1);
});

it('takes a cluster for no less than it is for want of an image', async () => {
  const gate = createAnswerGate(() => {});
  const missing = Promise.withResolvers<never>();
  const first = gate.ask(a, () => missing.promise);
  missing.reject(new ImageNotThere('no such image'));
  await expect(first).rejects.toThrow('no such image');
  const open = Promise.withResolvers<number>();
  const waiting = gate.ask(b, () => open.promise);
  expect(await gate.ask(c, async () => 2)).toBe(2);
  open.resolve(1);
  expect(await waiting).toBe(1);
});
