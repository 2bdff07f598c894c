/** Reading saved runs and writing results, shared by the report verbs. */
import { openTyped } from '../../host/typed.js';
import { UsageError } from '../../model/errors.js';
import type { Report } from '../../model/report.js';
import { MAX_REPORT_BYTES, loadReport } from '../../report/load.js';
import { type Renderer, type RenderOptions, formats } from '../../report/registry.js';
import { fileErrorText } from '../file-errors.js';
import { createPaint, terminalOptions } from '../terminal.js';
import { writeFileAtomic } from '../write-file.js';

export interface ShowFlags {
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly verbose?: number;
  readonly quiet?: boolean;
}

/** The bytes of a file or of standard input, as a stream that never reads more than it must. */
export function openInput(file: string): AsyncIterable<Buffer> {
  return openTyped(file);
}

export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/** One saved run. UsageError when it cannot be read or is none. */
export async function readReport(file: string): Promise<Report> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of openInput(file)) {
      size += chunk.length;
      if (size > MAX_REPORT_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UsageError(`cannot read ${nameOf(file)}: ${fileErrorText(error)}`);
  }
  if (size > MAX_REPORT_BYTES) {
    throw new UsageError(`${nameOf(file)} is larger than ${MAX_REPORT_BYTES / 1024 / 1024} MiB: not a saved run`);
  }
  return loadReport(Buffer.concat(chunks).toString('utf8'), nameOf(file));
}

export function rendererFor(name: string): Renderer {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (format === undefined) {
    throw new UsageError(`--format takes ${Object.keys(formats).join(', ')}, not "${name.slice(0, 40)}"`);
  }
  return format;
}

/** One of a verb's own few forms. */
export function oneOf<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T {
  const chosen = allowed.find((name) => name === value);
  if (chosen === undefined) {
    throw new UsageError(`${option} takes ${allowed.join(', ')}, not "${String(value).slice(0, 40)}"`);
  }
  return chosen;
}

/** How to render: for a file without colour and with all of Unicode, for the screen as the terminal can. */
export function renderOptionsFor(flags: ShowFlags): RenderOptions {
  const verbose = flags.quiet === true ? -1 : (flags.verbose ?? 0);
  if (flags.output !== undefined) {
    return { paint: createPaint(false), width: 100, unicode: flags.ascii !== true, verbose };
  }
  const terminal = terminalOptions(process.stdout, process.env, flags);
  return { paint: createPaint(terminal.color), width: terminal.width, unicode: terminal.unicode, verbose };
}

/** To standard output, or to `--output`. */
export async function emit(text: string, flags: Pick<ShowFlags, 'output'>): Promise<void> {
  if (flags.output === undefined) process.stdout.write(text);
  else await writeFileAtomic(flags.output, text);
}
