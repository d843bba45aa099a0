import { describe, expect, it } from 'vitest';
import { type DeclaredService, type LookedAt, planDeploy } from './plan-deploy.ts';

const look = (files: Record<string, string>, more: Partial<LookedAt> = {}) =>
  planDeploy({ name: 'My Model', files, declared: null, mistake: null, imageBytes: null, ...more });

const declared: DeclaredService = {
  slug: 'resnet50',
  dockerfile: null,
  context: null,
  port: 9000,
  probe: '/up',
  gpu: false,
  memoryMiB: 512,
};

describe('planDeploy', () => {
  it('reads a plain repository: Dockerfile, port, probe, GPU, memory, each with its reason', () => {
    const plan = look({
      Dockerfile:
        'FROM python:3.12-slim\nRUN pip install \\\n  -r requirements.txt\nEXPOSE 8000\nCMD ["uvicorn", "app:app"]',
      'requirements.txt': 'torch==2.4\nfastapi # not vllm\n',
      'app.py': '@app.get("/healthz")\ndef health(): ...',
    });
    expect(plan).toMatchObject({
      service: 'my-model',
      dockerfile: 'Dockerfile',
      port: { value: 8000, from: 'EXPOSE 8000 in the Dockerfile' },
      probe: { value: '/healthz', from: 'a route in the code' },
      gpu: { value: false },
      memoryMiB: { value: 2048 },
      // The image's own port is taken up by itself.
      settings: { probe: { path: '/healthz' }, resources: { memoryMiB: 2048 } },
      problems: [],
    });
    expect(plan.settings).not.toHaveProperty('port');
  });

  it.each([
    ['a base with CUDA', { Dockerfile: 'FROM nvidia/cuda:12.4.1-runtime\nEXPOSE 80' }, true],
    ['a CUDA build of PyTorch', { Dockerfile: 'FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime\nEXPOSE 80' }, true],
    ['vllm', { Dockerfile: 'FROM a\nEXPOSE 80', 'requirements.txt': 'vllm>=0.6' }, true],
    [
      'an index of CUDA wheels',
      { Dockerfile: 'FROM a\nRUN pip install torch --index-url https://d/whl/cu124\nEXPOSE 80' },
      true,
    ],
    ['torch alone', { Dockerfile: 'FROM a\nEXPOSE 80', 'requirements.txt': 'torch' }, false],
    [
      'a CPU build after a stage with CUDA',
      { Dockerfile: 'FROM nvidia/cuda:12 AS build\nFROM debian\nEXPOSE 80' },
      false,
    ],
    [
      'a word in a comment',
      { Dockerfile: 'FROM a\nEXPOSE 80', 'requirements.txt': '# vllm is for later\ntorch' },
      false,
    ],
  ])('%s says whether a GPU is needed', (_, files, wanted) => {
    const plan = look(files as Record<string, string>);
    expect(plan.gpu.value).toBe(wanted);
    expect(plan.settings.resources?.gpu !== undefined).toBe(wanted);
  });

  it('takes the port from the command, then has to set it', () => {
    const plan = look({ Dockerfile: 'FROM a\nCMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "5000"]' });
    expect(plan).toMatchObject({ port: { value: 5000 }, settings: { port: 5000 }, problems: [] });
  });

  it('lets sconce.yaml win, and sets nothing that it says', () => {
    const plan = look({ Dockerfile: 'FROM nvidia/cuda:12\nEXPOSE 8000' }, { declared: [declared] });
    expect(plan).toMatchObject({
      service: 'resnet50',
      port: { value: 9000, from: 'sconce.yaml' },
      gpu: { value: false },
    });
    expect(plan).toMatchObject({ settings: {}, services: ['resnet50'], probe: { value: '/up' } });
    expect(plan.settings).toEqual({});
  });

  it.each([
    [{}, 'There is no Dockerfile.'],
    [{ Dockerfile: 'FROM a' }, 'Nothing says which port it listens on.'],
  ])('says what is in the way of %j', (files, message) => {
    const [problem] = look(files as Record<string, string>).problems;
    expect(problem).toMatchObject({ message, hint: expect.stringMatching(/push/) });
  });

  it('says that sconce.yaml names a Dockerfile that is not there', () => {
    const plan = look({ Dockerfile: 'FROM a' }, { declared: [{ ...declared, dockerfile: 'gone/Dockerfile' }] });
    expect(plan.problems[0]?.message).toContain('gone/Dockerfile');
    expect(plan.dockerfile).toBeNull();
  });

  it('guesses memory by the last image where that asks for more', () => {
    const files = { Dockerfile: 'FROM a\nEXPOSE 1', 'requirements.txt': 'torch' };
    expect(look(files, { imageBytes: 12 * 1024 ** 3 }).memoryMiB).toMatchObject({ value: 6144 });
    expect(look(files, { imageBytes: 100 }).memoryMiB).toMatchObject({ value: 2048 });
  });

  it('takes strangers’ files as they are', () => {
    for (const text of [
      '\0\0',
      'FROM',
      'EXPOSE 99999999 -1 8000/udp',
      `FROM ${'x'.repeat(500_000)}`,
      '\\\n'.repeat(50_000),
    ]) {
      expect(look({ Dockerfile: text }).port.value).toBeNull();
    }
    expect(look({}, { name: '--- ---' }).service).toBe('service');
  });
});
