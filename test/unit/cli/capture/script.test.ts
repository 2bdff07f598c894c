/** The script itself, with stand-ins for every program that could reach a network. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCapture } from '../../../../src/cli/capture/format.js';

const SCRIPT = fileURLToPath(new URL('../../../../docs/capture.sh', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'netdata-egress-capture-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Secrets of every kind that the files of an Agent hold. */
const SECRETS = {
  token: 'tOk3nOfTheClaim0123456789',
  linkPassword: 'pA55:w@rd/of the"link',
  claimPassword: 'cl41mPassw0rd',
  envPassword: 'env1ronPassw0rd',
  id: 'c0ffee00-1234-4abc-9def-0123456789ab',
  room: '3f0c8a52-7c0e-4a8d-9a51-2f4a1d1e8b77',
  key: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
};

// The script prefers the system's own directories: here it must find the stand-ins first.
const stubs = join(root, 'bin');
const SEARCHES = /^PATH=\/usr\/local\/sbin:.*$/m;
const STAGED = join(root, 'capture.sh');
writeFileSync(STAGED, readFileSync(SCRIPT, 'utf8').replace(SEARCHES, 'PATH=$STAND_INS:/usr/sbin:/usr/bin:/sbin:/bin'));
const etc = join(root, 'etc');
const cloud = join(root, 'lib', 'cloud.d');
for (const directory of [stubs, etc, cloud]) mkdirSync(directory, { recursive: true });
for (const name of [
  'getent',
  'curl',
  'openssl',
  'wget',
  'ip',
  'nft',
  'ss',
  'iptables-nft-save',
  'ip6tables-nft-save',
  'iptables-legacy-save',
  'ip6tables-legacy-save',
  'ipset',
  'netdatacli',
])
  writeFileSync(join(stubs, name), '#!/bin/sh\nexit 2\n', { mode: 0o755 });
writeFileSync(
  join(etc, 'claim.conf'),
  `[global]\n  url = https://app.netdata.cloud\n  token = ${SECRETS.token}\n  rooms = ${SECRETS.room}\n  proxy = socks5h://user:${SECRETS.claimPassword}@proxy.example:1080\n`,
);
writeFileSync(
  join(etc, 'netdata.conf'),
  `[cloud]\n  proxy = http://someone:${SECRETS.linkPassword}@proxy.example:3128\n`,
);
writeFileSync(join(cloud, 'cloud.conf'), `[global]\n  claimed_id = ${SECRETS.id}\n  machine_guid = ${SECRETS.id}\n`);
writeFileSync(join(cloud, 'token'), `${SECRETS.token}\n`);
writeFileSync(join(cloud, 'private.pem'), `-----BEGIN PRIVATE KEY-----\n${SECRETS.key}\n`);

function capture(shell: readonly string[]): {
  readonly out: string;
  readonly err: string;
  readonly status: number | null;
} {
  const [program = 'sh', ...words] = shell;
  const { stdout, stderr, status } = spawnSync(
    program,
    [...words, STAGED, '--config-dir', etc, '--lib-dir', join(root, 'lib')],
    {
      encoding: 'utf8',
      timeout: 100_000,
      maxBuffer: 32 * 1024 * 1024,
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        STAND_INS: stubs,
        https_proxy: `http://u:${SECRETS.envPassword}@other.example:8080`,
        NETDATA_CLAIM_TOKEN: SECRETS.token,
        TMPDIR: root,
      },
    },
  );
  return { out: stdout, err: stderr, status };
}

const there = (...command: readonly string[]): boolean =>
  spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore', input: '' }).error === undefined;

describe('the capture script', () => {
  it.each([[['sh']], [['busybox', 'sh']]])(
    'prints a whole capture without a secret under %j',
    ({ length, ...shell }) => {
      const words = Array.from({ length }, (_, index) => shell[index as keyof typeof shell] as string);
      if (!there(words[0] ?? 'sh', ...(words[0] === 'busybox' ? ['true'] : ['-c', 'true']))) return;
      const { out, err, status } = capture(words);
      expect(err).toBe('');
      expect(status).toBe(0);
      const sections = parseCapture(out);
      expect(readFileSync(SCRIPT, 'utf8')).toMatch(SEARCHES);
      expect(sections.map(({ name }) => name)).toContain('took');
      for (const secret of Object.values(SECRETS)) expect(out).not.toContain(secret);
      // No piece of a login either.
      for (const piece of ['pA55', 'w@rd', 'someone', 'cl41m', 'env1ron']) expect(out).not.toContain(piece);
      expect(out).toContain('|   proxy = http://x:x@proxy.example:3128\n');
      expect(out).toContain(`|   token = ${'0'.repeat(SECRETS.token.length)}\n`);
      expect(out).toContain('@ proxy ');
    },
  );

  it('is clean by shellcheck', ({ skip }) => {
    if (!there('shellcheck', '--version')) skip('shellcheck is not installed');
    const { stdout, status } = spawnSync('shellcheck', ['-s', 'sh', SCRIPT], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('says how it is used instead of guessing', () => {
    const { stdout, stderr, status } = spawnSync('sh', [SCRIPT, '--help'], { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['', 2]);
    expect(stderr).toMatch(/^usage: sh capture\.sh/);
  });
});
