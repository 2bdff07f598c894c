import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTrusted } from '../../../src/host/program.js';

/** Whether others may write to a directory or one above it, as in a home below /tmp: there no program is trusted. */
function othersMayWrite(path: string): boolean {
  const { mode, gid } = statSync(path);
  if ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)) return true;
  return path !== '/' && othersMayWrite(dirname(path));
}

const home = homedir();
const cannot = othersMayWrite(home);
if (cannot) console.warn(`skipped: others may write to ${home} or above it, where no program is trusted`);

let base: string;
beforeEach(async () => {
  // Not in /tmp: everybody may write there, and that is refused.
  base = await mkdtemp(join(home, '.egress-program-'));
  await mkdir(join(base, 'bin'));
  await writeFile(join(base, 'bin/good'), '#!/bin/sh\necho "good $0 $1"\nexit 3\n', { mode: 0o755 });
});
afterEach(() => rm(base, { recursive: true, force: true }));

const why = async (path: string): Promise<string> => {
  const result = await runTrusted(path, ['x'], 5000);
  return result.ok ? `ran: ${result.stdout.trim()}` : result.why;
};

describe.skipIf(cannot)('a program', () => {
  it('of our own runs, a script as well, with its exit code', async () => {
    expect(await runTrusted(join(base, 'bin/good'), ['x'], 5000)).toMatchObject({ ok: true, exitCode: 3 });
    expect(await why(join(base, 'bin/good'))).toMatch(/^ran: good .* x$/);
    expect(await why('/bin/echo')).toBe('ran: x');
  });
  it.each([
    ['writable for all', 'bin/good', 0o757],
    ['in a directory that all may write', 'bin', 0o757],
    ['in a directory like /tmp', 'bin', 0o1777],
    ['that may not be run', 'bin/good', 0o644],
  ])('%s is refused', async (_what, path, mode) => {
    await chmod(join(base, path), mode);
    expect(await why(join(base, 'bin/good'))).toBe('untrusted');
  });
  it('that is none or not there is told apart', async () => {
    expect(await why(join(base, 'bin/gone'))).toBe('missing');
    expect(await why(join(base, 'bin'))).toBe('untrusted');
    expect(await why('good')).toBe('untrusted');
  });
  it('that does not end is ended, its children holding the pipe or not', async () => {
    await writeFile(join(base, 'bin/slow'), '#!/bin/sh\nsleep 30 &\nsleep 30\n', { mode: 0o755 });
    const t0 = performance.now();
    expect(await runTrusted(join(base, 'bin/slow'), [], 200)).toEqual({ ok: false, why: 'timeout' });
    expect(performance.now() - t0).toBeLessThan(3000);
  });
  it('is the one that was looked at: exchanged a moment later, the first one runs', async () => {
    await symlink('good', join(base, 'bin/link'));
    const run = why(join(base, 'bin/link'));
    await writeFile(join(base, 'bin/bad'), '#!/bin/sh\necho bad\n', { mode: 0o755 });
    await rename(join(base, 'bin/bad'), join(base, 'bin/link'));
    expect(await run).toMatch(/^ran: good/);
  });
});
