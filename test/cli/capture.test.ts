/** The script comes out as it is; its text goes in by a pipe; anything else is one sentence and exit code 2. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

const root = mkdtempSync(join(tmpdir(), 'netdata-egress-cli-capture-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

function run(
  args: readonly string[],
  input = '',
): { readonly out: string; readonly err: string; readonly status: number | null } {
  const { stdout, stderr, status } = spawnSync(PROGRAM, [...PROGRAM_ARGS, ...args], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { out: stdout, err: stderr, status };
}

it('prints the script', () => {
  const { out, err, status } = run(['capture']);
  expect([err, status]).toEqual(['', 0]);
  expect(out).toBe(file('docs/capture.sh'));
});

it('judges what comes by a pipe', () => {
  const args = ['doctor', '-q', '--from-capture', '-', '--agent-version', '2.10.3', '--env-from', 'self'];
  const { out, status } = run(args, file('test/fixtures/captures/tcp-local-reject.txt'));
  expect(out).toContain('host.local_firewall');
  expect(status).toBe(1);
});

const huge = join(root, 'huge');
writeFileSync(huge, '');
truncateSync(huge, 10 * 1024 ** 3);

it.each([
  ['--from-capture', huge],
  ['--from-capture', '/dev/zero'],
  ['--from-bundle', root],
])('%s of what is none is one sentence and exit code 2', (option, value) => {
  const { out, err, status } = run(['doctor', option, value]);
  expect([out, status]).toEqual(['', 2]);
  expect(err).toMatch(/^netdata-egress: --from-(?:capture|bundle): [^\n]+\n$/);
});
