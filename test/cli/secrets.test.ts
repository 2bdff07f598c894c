/** The built binary with awkward passwords everywhere it takes one: no piece of them in anything that it prints. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

/** Between the characters that parsers stumble over; each piece by itself is a secret. */
const PIECES = ['Qkappa7x', 'Qlambda3y', 'Qomega5z'];
const SEPARATORS = ['@', ':/', '%+', `'"\\ `, `@:/%+'"\\ %40`];
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-secrets-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const own = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', COLUMNS: '120', ...env };
    execFile(PROGRAM, [...PROGRAM_ARGS, ...args], { env: own, timeout: 30_000 }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

/** Every place that takes a proxy, as it is typed, percent-encoded, and without a scheme. */
function values(password: string): readonly string[] {
  return [
    `http://user:${password}@proxy.example:3128`,
    `socks4://user:${password}@proxy.example:1080`,
    `user:${password}@proxy.example:3128`,
    `http://user:${encodeURIComponent(password)}@proxy.example:3128`,
  ];
}

describe.each(SEPARATORS)('a password with %j', (separator) => {
  const password = PIECES.join(separator);

  it('is in nothing that is printed', async () => {
    const home = await mkdtemp(join(dir, 'case-'));
    const [etc, cloud] = [join(home, 'etc'), join(home, 'lib/cloud.d')];
    await mkdir(etc, { recursive: true });
    await mkdir(cloud, { recursive: true });
    const at = ['--config-dir', etc, '--lib-dir', join(home, 'lib'), '--env-from', 'self'];
    const [typed = '', socks = '', bare = '', encoded = ''] = values(password);
    const conf = `[global]\n token = ${PIECES.join('')}\n proxy = ${typed}\n  proxy: ${socks}\n# proxy = ${bare}\n`;
    await writeFile(join(etc, 'claim.conf'), conf);
    await writeFile(join(cloud, 'cloud.conf'), `proxy = ${encoded}\n[global\nproxy ${typed}\n`);
    const variables = { https_proxy: typed, http_proxy: socks, ALL_PROXY: bare, NETDATA_CLAIM_PROXY: encoded };
    const printed = await Promise.all([
      run(['config', ...at], variables),
      run(['config', ...at, '--json'], variables),
      run(['config', 'set', `proxy=${typed}`, ...at], {}),
      run(['config', 'set', `proxy=${encoded}`, ...at], {}),
      run(['config', 'set', `prxy=${socks}`, ...at], {}),
      run(['doctor', '--list-endpoints', '--proxy', typed, ...at], variables),
      run(['doctor', '--proxy', bare, '--timeout', 'never', ...at], variables),
      run(['doctor', '--url', typed, ...at], variables),
      run(['doctor', typed, ...at], variables),
      run(['doctor', `--proxi=${socks}`, ...at], variables),
      run([typed], variables),
    ]);
    for (const text of printed) {
      for (const piece of PIECES) expect(text).not.toContain(piece);
    }
    // Something was printed, and the proxy itself is named.
    expect(printed.join('')).toContain('proxy.example');
  });
});
