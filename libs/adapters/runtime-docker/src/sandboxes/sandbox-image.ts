import { createHash } from 'node:crypto';
import { makeArchive } from './make-archive.ts';

/** `file` is the one file of the image, and its program. */
export interface SandboxImage {
  readonly name: string;
  readonly file: string;
  archive(): Promise<Buffer>;
}

const file = 'sandbox';

/**
 * A program that does nothing but sleep for ever, in a few machine instructions: made here, because a registry may not be in
 * reach, and because what is this small has nothing to keep up to date. Null for machines that PyTorch's images are not made for.
 */
export function makeSandboxImage(architecture: string): SandboxImage | null {
  const instructions = sleepForEver[architecture];
  if (instructions === undefined) return null;
  const program = makeElf(instructions);
  const version = createHash('sha256').update(program).digest('hex').slice(0, 12);
  return {
    name: `sconce-sandbox:${version}`,
    file,
    archive: () => makeArchive([{ name: file, mode: 0o755, content: program }]),
  };
}

interface Instructions {
  /** `e_machine` of the ELF header. */
  readonly machine: number;
  readonly code: Buffer;
}

/** `ppoll(NULL, 0, NULL, NULL)` in a loop: without a timeout it returns only for a signal. System call numbers: Linux, asm/unistd.h. */
const sleepForEver: Readonly<Record<string, Instructions>> = {
  x86_64: {
    machine: 62,
    code: Buffer.from(
      [
        '31ff', // xor edi, edi
        '31f6', // xor esi, esi
        '31d2', // xor edx, edx
        '4d31d2', // xor r10, r10
        'b80f010000', // mov eax, 271
        '0f05', // syscall
        'ebee', // jmp to the start
      ].join(''),
      'hex',
    ),
  },
  aarch64: {
    machine: 183,
    code: Buffer.from(
      [
        '000080d2', // mov x0, 0
        '010080d2', // mov x1, 0
        '020080d2', // mov x2, 0
        '030080d2', // mov x3, 0
        '280980d2', // mov x8, 73
        '010000d4', // svc 0
        'faffff17', // b to the start
      ].join(''),
      'hex',
    ),
  },
};

const fileHeaderBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000;

/** The smallest ELF64 that Linux runs: the two headers, and one segment of the whole file. */
function makeElf({ machine, code }: Instructions): Buffer {
  const headers = Buffer.alloc(fileHeaderBytes + programHeaderBytes);
  const size = headers.length + code.length;
  headers.write('\x7fELF', 0, 'latin1');
  headers.set([2, 1, 1], 4); // 64 bits, little endian, version 1
  headers.writeUInt16LE(2, 16); // executable
  headers.writeUInt16LE(machine, 18);
  headers.writeUInt32LE(1, 20);
  headers.writeBigUInt64LE(BigInt(loadAddress + headers.length), 24); // entry
  headers.writeBigUInt64LE(BigInt(fileHeaderBytes), 32); // program headers
  headers.writeUInt16LE(fileHeaderBytes, 52);
  headers.writeUInt16LE(programHeaderBytes, 54);
  headers.writeUInt16LE(1, 56);
  const segment = headers.subarray(fileHeaderBytes);
  segment.writeUInt32LE(1, 0); // to be loaded
  segment.writeUInt32LE(5, 4); // readable, executable
  segment.writeBigUInt64LE(BigInt(loadAddress), 16);
  segment.writeBigUInt64LE(BigInt(loadAddress), 24);
  segment.writeBigUInt64LE(BigInt(size), 32);
  segment.writeBigUInt64LE(BigInt(size), 40);
  segment.writeBigUInt64LE(0x10000n, 48); // 64 KiB pages exist on aarch64
  return Buffer.concat([headers, code]);
}
