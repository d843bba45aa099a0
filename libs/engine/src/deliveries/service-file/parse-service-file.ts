import type { FileSettings } from '@sconce/core';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type FileService, serviceFileSchema } from './service-file-schema.ts';
import { toFileSettings } from './to-file-settings.ts';

export const serviceFilePath = 'sconce.yaml';
/** Read at most; a file above it is refused by the source. */
export const maxServiceFileBytes = 256 * 1024;

/** What `sconce.yaml` says at one commit. */
export interface ServiceFile {
  /** Every service it names, with its settings in that environment, by name. */
  servicesIn(environmentSlug: string): { readonly slug: string; readonly settings: FileSettings }[];
}

/** The file cannot be used as it stands. The message names the place: `services.web.port (line 4): expected ...`. */
export class ServiceFileInvalid extends Error {
  override readonly name = 'ServiceFileInvalid';
}

/** Throws `ServiceFileInvalid` with everything that is wrong, at most ten of them. */
export function parseServiceFile(source: string): ServiceFile {
  const lines = new LineCounter();
  // In the failsafe schema every scalar is the text that stands there.
  const document = parseDocument(source, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: true,
    uniqueKeys: true,
  });
  const broken = document.errors[0];
  if (broken) throw new ServiceFileInvalid(`${serviceFilePath}: ${broken.message.split('\n')[0] ?? 'is not YAML'}`);
  const parsed = serviceFileSchema.safeParse(toPlain(document));
  if (!parsed.success) throw new ServiceFileInvalid(describe(parsed.error, document, lines));
  const { services, environments = {} } = parsed.data;
  return {
    servicesIn: (environmentSlug) => {
      const overlays: Record<string, FileService> = environments[environmentSlug] ?? {};
      return Object.entries(services).map(([slug, service]) => ({
        slug,
        settings: toFileSettings(service, overlays[slug]),
      }));
    },
  };
}

function toPlain(document: Document.Parsed): unknown {
  try {
    // Bounds what aliases of aliases may unfold to.
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new ServiceFileInvalid(`${serviceFilePath}: has too many aliases`, { cause });
  }
}

const maxShown = 10;

function describe(error: z.ZodError, document: Document.Parsed, lines: LineCounter): string {
  const all = error.issues.flatMap(toProblems);
  const shown = all.slice(0, maxShown).map(({ path, message }) => {
    const line = lineOf(path, document, lines);
    const place = path.length > 0 ? path.join('.') : serviceFilePath;
    return `${place}${line === null ? '' : ` (line ${line})`}: ${message}`;
  });
  if (all.length > maxShown) shown.push(`and ${all.length - maxShown} more`);
  return shown.join('\n');
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({
    path: [...issue.path, key.slice(0, 60)],
    message: 'is not a setting that Sconce knows here',
  }));
}

/** Where the path stands in the file, or the nearest thing around it that does. */
function lineOf(path: readonly PropertyKey[], document: Document.Parsed, lines: LineCounter): number | null {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const at = isNode(node) ? node.range?.[0] : undefined;
    if (at !== undefined) return lines.linePos(at).line;
  }
  return null;
}
