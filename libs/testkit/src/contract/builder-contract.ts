import type { Builder, BuildRequest, BuiltImage } from '@sconce/ports';
import { BuildFailed } from '@sconce/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../servers/local-process.ts';
import { type Tree, writeTree } from './write-tree.ts';

export interface BuilderUnderTest {
  readonly builder: Builder;
  /** An image to build from: has `/bin/sh`, `cat`, `sleep`, `head`, `tr` and nothing to download. */
  readonly baseImage: string;
  labelsOf(digest: string): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** Cases that a builder may be excused from, each with its reason. */
export type BuilderDifference = 'memory_limit' | 'process_limit' | 'cached_layers' | 'cache_mounts' | 'layer_sizes';

const limits = { timeMs: 600_000, memoryMiB: 512, outputBytes: 4 * 1024 * 1024 };
const never = new AbortController().signal;

/** The head of an executable for a processor that no builder has (ELF header, e_machine 0x5441). */
function foreignProgram(): Uint8Array {
  const elf = Buffer.alloc(64);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(2, 16);
  elf.writeUInt16LE(0x5441, 18);
  return elf;
}

/** What every builder must do. `differences` names what this one cannot, and why. */
export function builderContract(
  name: string,
  make: () => Promise<BuilderUnderTest>,
  differences: Partial<Record<BuilderDifference, string>> = {},
): void {
  describe(`${name} as a builder`, () => {
    let subject: BuilderUnderTest;
    let serial = 0;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close());

    /** Builds a tree; `$BASE` in its Dockerfile stands for the base image. */
    const build = async (
      tree: Tree,
      change: Partial<BuildRequest> = {},
      signal: AbortSignal = never,
      onText = (_: string) => {},
    ) => {
      const directory = temporaryDirectory('context');
      serial += 1;
      const output: string[] = [];
      try {
        const withBase = Object.entries(tree).map(([path, content]) => [
          path,
          typeof content === 'string' ? content.replaceAll('$BASE', subject.baseImage) : content,
        ]);
        await writeTree(directory.path, Object.fromEntries(withBase));
        const request: BuildRequest = {
          build: `bld_contract${serial}`,
          directory: directory.path,
          context: '.',
          dockerfile: 'Dockerfile',
          args: {},
          secrets: [],
          labels: {},
          noCache: false,
          cacheScope: 'contract',
          limits,
          ...change,
        };
        const take = (chunk: Uint8Array): void => {
          output.push(Buffer.from(chunk).toString());
          onText(output.join(''));
        };
        const result = await subject.builder.build(request, take, signal).then(
          (image) => ({ image, error: null }),
          (error: unknown) => ({ image: null, error }),
        );
        return { ...result, output: output.join('') };
      } finally {
        directory.remove();
      }
    };
    const succeed = async (...args: Parameters<typeof build>): Promise<{ image: BuiltImage; output: string }> => {
      const { image, error, output } = await build(...args);
      if (image === null) throw error;
      return { image, output };
    };
    const fail = async (...args: Parameters<typeof build>): Promise<BuildFailed> => {
      const { error } = await build(...args);
      expect(error).toBeInstanceOf(BuildFailed);
      return error as BuildFailed;
    };

    describe('a good build', () => {
      it('answers what the image is', async () => {
        const { image } = await succeed({
          Dockerfile: 'FROM $BASE\nEXPOSE 9000 80/tcp\nEXPOSE 53/udp\nCOPY app /app\n',
          app: 'hello',
        });
        expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(image.exposedPorts).toEqual([80, 9000]);
        expect(image.architecture).toMatch(/^[a-z0-9]+$/);
        expect(image.sizeBytes).toBeGreaterThan(0);
        expect(image.layers.at(-1)).toMatchObject({
          sizeBytes: differences.layer_sizes === undefined ? 5 : expect.any(Number),
          createdBy: expect.stringContaining('COPY app /app'),
        });
        expect(image.layers.every((layer) => /^sha256:[0-9a-f]{64}$/.test(layer.digest))).toBe(true);
      });

      it('hands on output as it comes', async () => {
        const { output } = await succeed({ Dockerfile: `FROM $BASE\nRUN echo said-${Date.now()}-so\n` });
        expect(output).toMatch(/said-\d+-so/);
      });

      it('labels the image with its build and what was asked', async () => {
        const { image } = await succeed(
          { Dockerfile: 'FROM $BASE\n' },
          { build: 'bld_labelled', labels: { 'sconce.commit': 'abc', x: 'a b=c' } },
        );
        expect(await subject.labelsOf(image.digest)).toMatchObject({
          'sconce.build': 'bld_labelled',
          'sconce.commit': 'abc',
          x: 'a b=c',
        });
      });

      it('reads a Dockerfile and a context in folders', async () => {
        const tree = {
          'services/a/build.dockerfile': 'FROM $BASE\nEXPOSE 81\nCOPY inner /inner\n',
          'services/a/inner': 'x',
        };
        const { image } = await succeed(tree, { context: 'services/a', dockerfile: 'services/a/build.dockerfile' });
        expect(image.exposedPorts).toEqual([81]);
      });

      it('follows links that stay inside', async () => {
        const tree = { 'docker/real': 'FROM $BASE\nEXPOSE 82\n', Dockerfile: { link: 'docker/real' } };
        expect((await succeed(tree)).image.exposedPorts).toEqual([82]);
      });

      it.skipIf(differences.cached_layers !== undefined)('keeps layers whose input did not change', async () => {
        const tree = (code: string) => ({
          Dockerfile: 'FROM $BASE\nRUN cat /proc/sys/kernel/random/uuid > /id\nCOPY code /code\n',
          code,
        });
        const first = await succeed(tree('1'));
        const second = await succeed(tree('2'));
        const again = await succeed(tree('2'), { noCache: true });
        expect(second.image.layers.at(-2)?.digest).toBe(first.image.layers.at(-2)?.digest);
        expect(second.image.layers.at(-1)?.digest).not.toBe(first.image.layers.at(-1)?.digest);
        expect(again.image.layers.at(-2)?.digest).not.toBe(second.image.layers.at(-2)?.digest);
      });

      it.skipIf(differences.cache_mounts !== undefined)(
        'shares cache mounts within a scope and with no other',
        async () => {
          const look = (what: string) =>
            `FROM $BASE\nRUN --mount=type=cache,target=/kept echo ${what}-$(cat /kept/left || echo nothing); echo mine > /kept/left\n`;
          const told = async (scope: string, what: string) =>
            (await succeed({ Dockerfile: look(what) }, { cacheScope: scope })).output;
          const own = `prj_${Date.now()}`;
          expect(await told(own, 'first')).toContain('first-nothing');
          expect(await told(own, 'again')).toContain('again-mine');
          expect(await told(`${own}x`, 'other')).toContain('other-nothing');
        },
      );

      it('builds several at once without mixing them', async () => {
        const tree = (port: number) => ({ Dockerfile: `FROM $BASE\nEXPOSE ${port}\nRUN echo only-${port}\n` });
        const built = await Promise.all([7001, 7002, 7003].map((port) => succeed(tree(port))));
        expect(built.map(({ image }) => image.exposedPorts)).toEqual([[7001], [7002], [7003]]);
        expect(built[0]?.output).not.toMatch(/only-700[23]/);
      });
    });

    describe('arguments and secrets', () => {
      it('gives arguments to the steps as they are', async () => {
        const value = `a "b" $(id) 'c' ${Date.now()}`;
        const { output } = await succeed(
          { Dockerfile: 'FROM $BASE\nARG WORDS\nRUN echo "<$WORDS>"\n' },
          { args: { WORDS: value } },
        );
        expect(output).toContain(`<${value}>`);
      });

      it('gives secrets to the steps that mount them, and to nothing that stays', async () => {
        const secret = `s3cret-${Date.now()}`;
        const dockerfile = `FROM $BASE\nARG LENGTH\nRUN --mount=type=secret,id=token test "$(cat /run/secrets/token | head -c 99)" = "$(cat /run/secrets/token)"\n`;
        const { image, output } = await succeed(
          { Dockerfile: dockerfile },
          { secrets: [{ name: 'token', value: Buffer.from(secret) }] },
        );
        expect(output + JSON.stringify(image) + JSON.stringify(await subject.labelsOf(image.digest))).not.toContain(
          secret,
        );
      });

      it('names the secret that is missing', async () => {
        const error = await fail({
          Dockerfile: 'FROM $BASE\nRUN --mount=type=secret,id=token,required cat /run/secrets/token\n',
        });
        expect(error).toMatchObject({ reason: 'build_secret_missing', message: expect.stringContaining('token') });
      });

      it.each([
        { what: 'a name with a blank', args: { 'BAD NAME': 'x' } },
        { what: 'a name like an option', args: { '--label': 'x' } },
        { what: 'a foreign frontend', args: { BUILDKIT_SYNTAX: 'evil/frontend' } },
        { what: 'another scope for its cache mounts', args: { BUILDKIT_CACHE_MOUNT_NS: 'prj_other' } },
        { what: 'a value that no command line takes', args: { LONG: 'x'.repeat(200_000) } },
        { what: 'a NUL', args: { NUL: 'a\0b' } },
        { what: 'a secret that names a file', secrets: ['a,src=/etc/shadow'] },
        { what: 'a secret that climbs', secrets: ['../up'] },
        { what: 'a secret twice', secrets: ['twice', 'twice'] },
        { what: 'a huge secret', secrets: ['huge'], bytes: 600_000 },
      ] as { what: string; args?: Record<string, string>; secrets?: string[]; bytes?: number }[])(
        'refuses $what',
        async ({ args, secrets, bytes }) => {
          const values = (secrets ?? []).map((name) => ({ name, value: Buffer.alloc(bytes ?? 1) }));
          const error = await fail({ Dockerfile: 'FROM $BASE\n' }, { args: args ?? {}, secrets: values });
          expect(error).toMatchObject({ reason: 'config_invalid' });
        },
      );
    });

    describe('what the user can mend', () => {
      it('says that there is no Dockerfile', async () => {
        expect(await fail({ README: '' })).toMatchObject({ reason: 'dockerfile_missing', hint: expect.any(String) });
        expect(await fail({ 'Dockerfile/inner': '' })).toMatchObject({ reason: 'dockerfile_missing' });
        expect(await fail({ Dockerfile: { link: 'Dockerfile' } })).toMatchObject({ reason: 'dockerfile_missing' });
      });

      it('says that there is no context', async () => {
        expect(await fail({ Dockerfile: 'FROM $BASE\n' }, { context: 'nowhere' })).toMatchObject({
          reason: 'config_invalid',
        });
      });

      it('names the base image that cannot be had', async () => {
        const error = await fail({ Dockerfile: 'FROM registry.invalid/team/base:1\n' });
        expect(error).toMatchObject({
          reason: 'base_image_unavailable',
          message: expect.stringContaining('registry.invalid/team/base:1'),
        });
        expect(error.hint).toMatch(/\S/);
      });

      it('names the step that failed, with its exit code', async () => {
        const error = await fail({ Dockerfile: 'FROM $BASE\nRUN echo before && exit 3\n' });
        expect(error).toMatchObject({
          reason: 'build_step_failed',
          message: expect.stringMatching(/RUN echo before.*exit code 3\./),
        });
      });

      it('is not fooled by what a step prints', async () => {
        const lie = '#5 ERROR: failed to solve: no such image';
        const error = await fail({
          Dockerfile: `FROM $BASE\nRUN echo "${lie}"; echo "------"; echo " > [internal] load metadata for docker.io/x:"; exit 5\n`,
        });
        expect(error).toMatchObject({ reason: 'build_step_failed', message: expect.stringContaining('exit code 5') });
      });

      it('names the file that a step wants and nobody committed', async () => {
        const error = await fail({ Dockerfile: 'FROM $BASE\nCOPY weights.pt /w\n' });
        expect(error).toMatchObject({ reason: 'build_step_failed', message: expect.stringContaining('weights.pt') });
      });

      it('names the line that cannot be read', async () => {
        const error = await fail({ Dockerfile: 'FROM $BASE\nFOO bar\n' });
        expect(error).toMatchObject({ reason: 'config_invalid', message: expect.stringMatching(/[Ll]ine 2.*FOO/) });
        expect(await fail({ Dockerfile: '' })).toMatchObject({ reason: 'config_invalid' });
      });

      it('knows a program for another processor', async () => {
        const tree = { Dockerfile: 'FROM $BASE\nCOPY app /app\nRUN ["/app"]\n', app: { program: foreignProgram() } };
        expect(await fail(tree)).toMatchObject({
          reason: 'wrong_architecture',
          message: expect.stringContaining('RUN ["/app"]'),
        });
      });
    });

    describe('hostile input', () => {
      it.each([
        { context: '..' },
        { context: 'a/../..' },
        { context: '/' },
        { context: '/etc' },
        { context: 'out' },
        { context: 'out/etc' },
        { dockerfile: '../Dockerfile' },
        { dockerfile: '/etc/passwd' },
        { dockerfile: 'passwd' },
        { dockerfile: 'out/etc/passwd' },
        { dockerfile: 'a\\..\\..\\x' },
        { dockerfile: 'Dockerfile\0' },
      ])('stays inside the directory: %j', async (change) => {
        const tree = { Dockerfile: 'FROM $BASE\n', 'a/x': '', out: { link: '/' }, passwd: { link: '/etc/passwd' } };
        const { error, output } = await build(tree, change);
        expect(error).toMatchObject({ name: 'BuildFailed', reason: 'path_outside_repository' });
        expect(output).not.toContain('root:');
      });

      it('copies links as links, and nothing from behind them', async () => {
        const tree = {
          Dockerfile: 'FROM $BASE\nCOPY . /tree\nRUN test ! -e /tree/secret/x\n',
          secret: { link: '/proc/self/root/../tmp' },
        };
        await succeed(tree);
      });

      it.each(['--help', '-f', '-', '$(touch owned)', 'a b;c', "it's", 'ümläut', 'x'.repeat(200)])(
        'takes a Dockerfile called %s',
        async (dockerfile) => {
          const { image } = await succeed({ [dockerfile]: 'FROM $BASE\nEXPOSE 83\n' }, { dockerfile });
          expect(image.exposedPorts).toEqual([83]);
        },
      );

      it.each([
        '# syntax=evil.invalid/frontend\n',
        '# escape=`\n#syntax = evil\n',
        '#!/x\n# Syntax=docker/dockerfile.evil/x\n',
        '{"syntax":"evil"}\n',
      ])('lets no foreign program read the Dockerfile: %j', async (head) => {
        expect(await fail({ Dockerfile: `${head}FROM $BASE\n` })).toMatchObject({ reason: 'config_invalid' });
      });
    });

    describe('limits', () => {
      it('starts nothing when it is aborted already', async () => {
        const reason = new Error('too late');
        const { error, output } = await build(
          { Dockerfile: 'FROM $BASE\nRUN echo started\n' },
          {},
          AbortSignal.abort(reason),
        );
        expect([error, output]).toEqual([reason, '']);
      });

      it('ends when it is aborted, also of steps that do not want to', async () => {
        const abort = new AbortController();
        const reason = new Error('cancelled');
        let isAborted = false;
        const stubborn = `FROM $BASE\nRUN trap "" TERM INT; echo now-${Date.now()}-on; sleep 1000\n`;
        const { error } = await build({ Dockerfile: stubborn }, {}, abort.signal, (text) => {
          if (isAborted || !/^#\d+ [\d.]+ now-\d+-on/m.test(text)) return;
          isAborted = true;
          abort.abort(reason);
        });
        expect(error).toBe(reason);
      });

      it('ends a build that takes too long', async () => {
        const error = await fail(
          { Dockerfile: 'FROM $BASE\nRUN sleep 1000\n' },
          { limits: { ...limits, timeMs: 1_500 } },
        );
        expect(error).toMatchObject({ reason: 'build_timed_out' });
      });

      it('ends a build that writes without end', async () => {
        const error = await fail(
          { Dockerfile: 'FROM $BASE\nRUN cat /dev/zero | tr "\\0" "\\n"\n' },
          { limits: { ...limits, outputBytes: 100_000 } },
        );
        expect(error).toMatchObject({ reason: 'build_output_exceeded' });
      });

      it.skipIf(differences.memory_limit !== undefined)('ends a step that takes too much memory', async () => {
        const error = await fail(
          { Dockerfile: 'FROM $BASE\nRUN x=$(head -c 300000000 /dev/zero | tr "\\0" x)\n' },
          { limits: { ...limits, memoryMiB: 64 } },
        );
        expect(error).toMatchObject({ reason: 'build_out_of_memory', message: expect.stringContaining('64 MiB') });
      });

      it.skipIf(differences.process_limit !== undefined)('contains a step that forks without end', async () => {
        const bomb = 'FROM $BASE\nRUN f() { f | f & }; f; sleep 2; exit 9\n';
        const error = await fail({ Dockerfile: bomb }, { limits: { ...limits, timeMs: 15_000 } });
        expect(['build_step_failed', 'build_out_of_memory', 'build_timed_out']).toContain(error.reason);
        await succeed({ Dockerfile: `FROM $BASE\nRUN echo alive ${Date.now()}\n` });
      });
    });
  });
}
