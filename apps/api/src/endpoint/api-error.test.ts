import { endpoints } from '@sconce/contract';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { toFieldProblems } from './api-error.ts';

const told = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value);
  return error ? toFieldProblems(error).map(({ path, message }) => `${path}: ${message}`) : [];
};

it('tells what a field may be in words for people, whatever the schema library calls it', () => {
  expect(told(endpoints.putMember.body, { role: 'king' })).toEqual(['role: One of viewer, developer, admin']);
  expect(told(endpoints.putMember.body, {})).toEqual(['role: One of viewer, developer, admin']);
  expect(told(endpoints.createProject.body, {})).toEqual(['slug: It is missing']);
  expect(told(endpoints.createProject.body, { slug: 7 })).toEqual(['slug: Not of the type string']);
  expect(told(endpoints.updateService.body, { settings: { port: 99_999 } })).toEqual(['settings.port: At most 65535']);
  expect(told(endpoints.putSecret.body, { value: '' })).toEqual(['value: At least 1 characters']);
  expect(told(endpoints.updateServiceVariables.body, { '1A': 'x' })).toEqual([
    '1A: letters, digits and _, not beginning with a digit',
  ]);
  expect(told(endpoints.createProject.body, { slug: 'a', nope: 1 })).toEqual(['nope: There is no such field here']);
});
