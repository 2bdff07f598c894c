/**
 * Entry point. Only this file decides how an error leaves the process: bad usage is one sentence and exit 2, a bug is
 * a stack and a plea. The invoked command alone is imported, and its work only when it runs.
 */
import { EXIT } from '../model/report.js';
import { leave } from './leave.js';
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
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `netdata-egress: this is a bug of ours, please report it with the lines below\n${printable(text)}\n`,
  );
  process.exitCode = EXIT.UNDECIDED;
}

function isCommanderError(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError' && 'exitCode' in error;
}

function printable(text: string): string {
  return text.replaceAll(/[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, '?');
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `doctor | head` closes the pipe: that is not an error of ours.
  if (error.code === 'EPIPE') process.exitCode ??= EXIT.OK;
});

// No top-level await: this file is also the main script of the one-file forms, which are CommonJS.
void main(process.argv)
  .catch(fail)
  .finally(() => {
    process.stdout.write('', () => process.stderr.write('', () => leave(Number(process.exitCode ?? EXIT.OK))));
  });
