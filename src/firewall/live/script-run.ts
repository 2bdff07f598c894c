/** Runs programs that must succeed, and the scripts that go with an artefact: the very ones a user would run. */
import { join } from 'node:path';
import { withScratch } from '../../host/scratch.js';
import type { RenderedFile } from '../../model/allow-list.js';
import { InvariantError } from '../../model/errors.js';
import { LiveError, type ApplyContext } from './manager.js';

/** Standard output; throws LiveError with the program's own words. */
export async function mustRun(
  context: ApplyContext,
  argv: readonly string[],
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const result = await context.runner.run(argv, { ...options, timeoutMs: 60_000 });
  if (result.code === 0) return result.stdout;
  const words = (result.stderr.trim() || result.stdout.trim()).slice(0, 1000);
  throw new LiveError(`${argv.slice(0, 3).join(' ')} failed (${String(result.code)}): ${words}`);
}

/** Standard output, or null when the program fails or is missing. */
export async function tryRun(context: ApplyContext, argv: readonly string[]): Promise<string | null> {
  const result = await context.runner.run(argv, { timeoutMs: 60_000 });
  return result.code === 0 ? result.stdout : null;
}

/** Environment that makes the scripts use one iptables backend. */
function backendEnv(backend: ApplyContext['backend']): Readonly<Record<string, string>> {
  return backend === null ? {} : { IPTABLES: `iptables-${backend}`, IP6TABLES: `ip6tables-${backend}` };
}

/** Puts the files into a private directory and runs the script with this role. */
export async function runScript(
  context: ApplyContext,
  files: readonly RenderedFile[],
  role: 'install' | 'uninstall',
): Promise<void> {
  const script = files.find((file) => file.role === role);
  if (script === undefined) throw new InvariantError(`no ${role} script among the rendered files`);
  await withScratch('apply', files, async (dir) => {
    await mustRun(context, ['sh', join(dir, script.name)], { env: backendEnv(context.backend) });
  });
}
