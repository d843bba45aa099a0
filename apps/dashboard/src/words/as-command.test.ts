import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asCurl, quoted } from './as-command.ts';

describe('commands', () => {
  it('are what a person would type', () => {
    const call = {
      name: 'createRollback',
      params: { service: 'vision/production/resnet50' },
      body: { release: 'r11' },
    } as const;
    expect(asCurl('http://127.0.0.1:7400', call)).toBe(
      `curl -X POST http://127.0.0.1:7400/v1/services/vision%2Fproduction%2Fresnet50/rollbacks \\
  -H "Authorization: Bearer $SCONCE_TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"release":"r11"}'`,
    );
    expect(asCurl('https://s.example', { name: 'getMe' })).toBe(
      'curl https://s.example/v1/me \\\n  -H "Authorization: Bearer $SCONCE_TOKEN"',
    );
  });

  it('stay one word for a shell, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        fc.pre(!text.includes('\0'));
        const echoed = execFileSync('/bin/sh', ['-c', `printf %s ${quoted(text)}`], { encoding: 'utf8' });
        expect(echoed).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});
