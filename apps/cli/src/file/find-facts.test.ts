import { describe, expect, it } from 'vitest';
import { growth } from '../../../../tests/support/growth.ts';
import { findFacts } from './find-facts.ts';
import { writeServiceFile } from './write-service-file.ts';

const facts = (files: Record<string, string>) => findFacts(new Map(Object.entries(files)));

describe('findFacts', () => {
  it('finds the Dockerfile nearest to the root, and none where there is none', () => {
    expect(facts({ 'serve/Dockerfile': '', Dockerfile: '' }).dockerfile).toBe('Dockerfile');
    expect(facts({ 'serve/docker/Dockerfile': '', 'app/Dockerfile': '' }).dockerfile).toBe('app/Dockerfile');
    expect(facts({ 'Dockerfile.md': '', 'app.py': '' }).dockerfile).toBeNull();
  });

  it.each([
    ['FROM x\nEXPOSE 8000', 8000],
    ['FROM x\n  expose 8000/tcp # web', 8000],
    ['FROM x AS build\nEXPOSE 1\nFROM y\nEXPOSE 8080', 8080],
    ['FROM x\nEXPOSE 80\nEXPOSE 80', null],
    ['FROM x\nEXPOSE 80 443', null],
    ['FROM x\nEXPOSE $PORT', null],
    ['FROM x\nEXPOSE 99999', null],
    ['FROM x\nEXPOSE 53/udp', null],
    ['FROM x\n# EXPOSE 8000', null],
    ['', null],
  ])('reads the port of %j', (Dockerfile, port) => {
    expect(facts({ Dockerfile }).port?.value ?? null).toBe(port);
  });

  it.each([
    [{ Dockerfile: 'FROM nvidia/cuda:12.4' }, true],
    [{ Dockerfile: 'FROM pytorch/pytorch:2.6-cuda12.4-cudnn9' }, true],
    [{ 'requirements.txt': 'fastapi\ntorch==2.6.0\n' }, true],
    [{ 'pyproject.toml': 'dependencies = [\n  "vllm>=0.8",\n]' }, true],
    [{ Dockerfile: 'FROM python\nRUN pip install torch' }, true],
    [{ 'requirements.txt': '--extra-index-url https://download.pytorch.org/whl/cpu\ntorch' }, false],
    [{ 'requirements.txt': 'torch==2.6.0+cpu' }, false],
    [{ Dockerfile: 'FROM debian\nRUN apt-get install -y python3-torch' }, false],
    [{ 'requirements.txt': 'fastapi\nnumpy' }, false],
    [{ 'requirements.txt': 'torchlight-client\n# torch' }, false],
    [{ 'requirements.txt': 'onnxruntime' }, false],
    [{ 'requirements.txt': 'onnxruntime-gpu' }, true],
    [{}, false],
  ])('guesses whether %j needs a GPU', (files, gpu) => {
    expect(facts(files as Record<string, string>).gpu.value).toBe(gpu);
  });

  it('finds a path that a probe could ask, and takes no other URL for one', () => {
    expect(facts({ 'a.py': '@app.get("/health")', 'b.py': "route('/healthz')" }).probe).toEqual({
      value: '/healthz',
      why: 'found in b.py',
    });
    expect(facts({ 'a.py': 'get("http://other/healthz")', 'README.md': '"/healthz"' }).probe).toBeNull();
  });

  it('takes no longer for a hostile file than for another', () => {
    const hostile = (size: number) => ({
      Dockerfile: `FROM ${'a'.repeat(size)}\n${'FROM x\n'.repeat(size / 10)}RUN ${'pip install '.repeat(size / 10)}`,
      'requirements.txt': ' '.repeat(size),
      'a.py': '"/health'.repeat(size / 10),
    });
    expect(growth((size) => facts(hostile(size)), 12_800, 204_800)).toBeLessThan(1.6);
  });
});

describe('writeServiceFile', () => {
  it('writes what was guessed and why, and leaves the rest as comments', () => {
    const text = writeServiceFile({
      service: 'web',
      dockerfile: 'serve/Dockerfile',
      port: { value: 8000, why: 'EXPOSE in serve/Dockerfile' },
      probe: null,
      gpu: { value: 'H100', why: 'torch in requirements.txt' },
    });
    expect(text).toMatch(/^ {4}build: \{ dockerfile: serve\/Dockerfile, context: serve \}/m);
    expect(text).toMatch(/^ {4}port: 8000 +# what it listens on: EXPOSE in serve\/Dockerfile$/m);
    expect(text).toMatch(/^ {6}# path: \/healthz/m);
    expect(text).toMatch(/^ {6}gpu: H100 +# .*torch in requirements\.txt$/m);
  });
});
