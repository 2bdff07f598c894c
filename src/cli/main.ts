/**
 * Entry point. Only this file decides how an error leaves the process: bad usage is one sentence and exit 2, a bug is
 * a stack and a plea. The invoked command alone is imported, and its work only when it runs.
 */
import { EXIT } from '../model/report.js';
import { DEAD_MAN, MERGE_WORKER } from './hidden-verbs.js';
import { leave } from './leave.js';
import { stdoutFault, watchStdout } from './stdout.js';
import { topHelp } from './top-help.js';
import { packageVersion } from './version.js';

async function main(argv: readonly string[]): Promise<void> {
  const only = argv.length === 3 ? argv[2] : undefined;
  if (only === '--version' || only === '-V') {
    process.stdout.write(`${packageVersion()}\n`);
    return;
  }
  if (only === '--help' || only === '-h') {
    process.stdout.write(topHelp(process.stdout.columns ?? 80));
    return;
  }
  if (argv[2] === DEAD_MAN) {
    const { deadMan } = await import('./dead-man.js');
    return deadMan(argv.slice(3));
  }
  if (argv[2] === MERGE_WORKER) {
    const { mergeWorker } = await import('./report/merge/worker.js');
    return mergeWorker();
  }
  const { createProgram } = await import('./program.js');
  await (await createProgram(argv)).parseAsync([...argv]);
}

function fail(error: unknown): void {
  if (isCommanderError(error)) {
    process.exitCode = error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    return;
  }
  if (error instanceof Error && error.name === 'UsageError') {
    process.stderr.write(`netdata-egress: ${printable(error.message)}\n`);
    process.exitCode = EXIT.USAGE;
    return;
  }
  const lack = lackOf(error);
  if (lack !== null) {
    process.stderr.write(`netdata-egress: ${printable(lack)}\n`);
    process.exitCode = EXIT.USAGE;
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `netdata-egress: this is a bug of ours, please report it with the lines below\n${printable(text)}\n`,
  );
  process.exitCode = EXIT.UNDECIDED;
}

/** What this host ran out of, or does not allow: a fault of the environment, not of ours. */
function lackOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const words: Readonly<Record<string, string>> = {
    EMFILE: 'too many open files: raise the limit, for example with ulimit -n 1024',
    // Node looks a package up in this way, and takes a file that it may not open for one that is not there.
    ERR_MODULE_NOT_FOUND:
      'a part of this program cannot be opened: too few open files are allowed (ulimit -n 1024 helps), or it is not installed as a whole',
    ENFILE: 'this host has too many open files',
    ENOSPC: 'no space left',
    EDQUOT: 'the quota is used up',
    EROFS: 'the file system is read-only',
    ENOMEM: 'no memory left',
  };
  const text = words[String(error.code)];
  const path = 'path' in error && typeof error.path === 'string' && error.code !== 'EMFILE' ? ` (${error.path})` : '';
  return text === undefined ? null : text + path;
}

function isCommanderError(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError' && 'exitCode' in error;
}

function printable(text: string): string {
  return text.replaceAll(/[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, '?');
}

watchStdout();

// No top-level await: this file is also the main script of the one-file forms, which are CommonJS.
void main(process.argv)
  .catch(fail)
  .finally(() => {
    process.stdout.write('', () => setImmediate(end));
  });

/** An answer that could not be written is no answer, whatever it would have been. */
function end(): void {
  const fault = stdoutFault();
  if (fault !== null) {
    process.stderr.write(`netdata-egress: ${fault}\n`);
    process.exitCode = EXIT.USAGE;
  }
  process.stderr.write('', () => leave(Number(process.exitCode ?? EXIT.OK)));
}
