import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setConfig, switchLink } from '../../../../src/cli/config/set.js';
import { showConfig } from '../../../../src/cli/config/show.js';
import type { ConfigHost, Flags } from '../../../../src/cli/config/options.js';
import { createHostReader } from '../../../../src/cli/host-reader.js';
import { UsageError } from '../../../../src/model/errors.js';

const TOKEN = 'aB3_dE-fGh'.repeat(13) + 'xYz12';
const PASSWORD = 's3cr@t:/%+';
const PROXY = `http://user:${encodeURIComponent(PASSWORD)}@proxy.example:3128`;

let root: string;
let out: string;
let exitCode: number | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'egress-config-'));
  await mkdir(join(root, 'etc'));
  await mkdir(join(root, 'lib/cloud.d'), { recursive: true });
  out = '';
  exitCode = null;
});
afterEach(() => rm(root, { recursive: true }));

const flags = (more: Partial<Flags> = {}): Flags => ({
  configDir: join(root, 'etc'),
  libDir: join(root, 'lib'),
  agentVersion: '2.11.0',
  envFrom: 'self',
  color: false,
  ...more,
});

/** This host's files, but an environment and users of our own. */
function host(environment: Record<string, string> = {}, stdin = ''): ConfigHost {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  return {
    reader: {
      ...createHostReader(),
      environment: new Map(Object.entries(environment)),
      agentProcesses: () => Promise.resolve([]),
      // The Agent that this machine may have is none of these tests'.
      run: () => Promise.resolve(null),
      userId: () => Promise.resolve({ uid, gid, groups: [] }),
      groupId: () => Promise.resolve(gid),
    },
    inContainer: false,
    write: (text) => {
      out += text;
    },
    stdin: () => Promise.resolve(stdin),
    setExitCode: (code) => {
      exitCode = code;
    },
  };
}

const claimConf = () => join(root, 'etc/claim.conf');
const cloudConf = () => join(root, 'lib/cloud.d/cloud.conf');
const now = new Date('2026-08-20T12:00:00.123Z');

async function claimed(proxy: string): Promise<void> {
  await writeFile(
    cloudConf(),
    `[global]\n    claimed_id = 4f6c1c1e-9a52-4c55-8c2f-9b9a4b1d2e3f\n    token = ${TOKEN}\n    proxy = ${proxy}\n`,
  );
  await writeFile(join(root, 'lib/cloud.d/private.pem'), '');
}

describe('config', () => {
  it('prints every value with its line and what each side makes of it', async () => {
    await writeFile(claimConf(), `[global]\ntoken = ${TOKEN}\nproxy = ${PROXY.replace(':3128', '')}\n`);
    await showConfig(flags(), host({ https_proxy: 'http://e:1' }));
    expect(out).toContain(claimConf());
    expect(out).toMatch(/claim\.proxy:3 /);
    expect(out.replaceAll(/\s+/g, '')).toContain('proxy.example:1080');
    expect(out.replaceAll(/\s+/g, '')).toContain('proxy.example:8080');
    expect(out).toContain('agent.proxy_port_missing');
    expect(exitCode).toBe(1);
  });

  it('fits its lines into 80 columns', async () => {
    await writeFile(
      claimConf(),
      `[global]\ntoken = ${TOKEN}\nurl = https://a-very-long-name-of-an-on-prem-cloud.department.example.org:8443\nproxy = ${PROXY}\n`,
    );
    await showConfig(
      flags(),
      host({ SSL_CERT_FILE: '/a/very/long/path/to/some/certificates/bundle-of-the-company.crt' }),
    );
    const paths = out.split('\n').filter((line) => line.length > 80 && !line.includes(root));
    expect(paths).toEqual([]);
  });

  it.each([false, true])('gives no secret away (json: %s)', async (json) => {
    await writeFile(claimConf(), `[global]\ntoken = ${TOKEN} # ${TOKEN}\nproxy = "${PROXY}"\n`);
    await claimed(`http://user:${PASSWORD}@proxy.example:3128`);
    await showConfig(flags({ json }), host({ http_proxy: PROXY, HTTPS_PROXY: PROXY, NETDATA_CLAIM_TOKEN: TOKEN }));
    for (const secret of [TOKEN, PASSWORD, encodeURIComponent(PASSWORD), 's3cr', '4f6c1c1e'])
      expect(out).not.toContain(secret);
    if (json) expect(JSON.parse(out)).toMatchObject({ schema: 'netdata-egress/config', version: 1, exitCode });
  });

  it('exits 0 when nothing is wrong', async () => {
    await showConfig(flags(), host());
    expect(exitCode).toBe(0);
  });

  it('a directory that is not there is bad usage', async () => {
    await expect(showConfig(flags({ configDir: join(root, 'gone') }), host())).rejects.toThrow(UsageError);
  });
});

describe('config set', () => {
  it('writes nothing without --apply, and shows the difference without secrets', async () => {
    await claimed('env');
    const before = await readFile(cloudConf(), 'utf8');
    await setConfig([`proxy=${PROXY}`], flags(), host(), now);
    expect(await readFile(cloudConf(), 'utf8')).toBe(before);
    expect(out).toContain('-     proxy = env');
    expect(out).toContain('+     proxy = http://[hidden]@proxy.example:3128');
    expect(out).toMatch(/restart (?:netdata|CONTAINER)|netdata restart|docker restart/);
    expect(out).not.toContain('s3cr');
    expect(exitCode).toBe(0);
  });

  it('keeps owner and mode, and a copy of the old file', async () => {
    await claimed('env');
    await chmod(cloudConf(), 0o750);
    const before = await readFile(cloudConf(), 'utf8');
    await setConfig([`proxy=${PROXY}`, 'insecure=no'], flags({ apply: true }), host(), now);
    const [after, info] = await Promise.all([readFile(cloudConf(), 'utf8'), stat(cloudConf())]);
    expect(after).toContain(`    proxy = ${PROXY}\n`);
    expect(after).toContain('insecure = no\n');
    expect(info.mode & 0o7777).toBe(0o750);
    const backup = `${cloudConf()}.20260820T120000Z.bak`;
    expect(await readFile(backup, 'utf8')).toBe(before);
    expect((await stat(backup)).mode & 0o7777).toBe(0o750);
    expect((await readdir(join(root, 'lib/cloud.d'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(out).not.toContain('s3cr');
  });

  it('makes claim.conf with the mode that the Agent expects', async () => {
    await setConfig(['proxy=none'], flags({ apply: true }), host(), now);
    expect(await readFile(claimConf(), 'utf8')).toBe('[global]\n    proxy = none\n');
    expect((await stat(claimConf())).mode & 0o7777).toBe(0o640);
    expect(await readdir(join(root, 'etc'))).toEqual(['claim.conf']);
  });

  it('reads a value from stdin', async () => {
    await setConfig(['proxy=-'], flags({ apply: true }), host({}, PROXY), now);
    expect(await readFile(claimConf(), 'utf8')).toContain(PROXY);
  });

  it('does not write what a leg cannot use, unless told to', async () => {
    await setConfig(['proxy=proxy.example:3128'], flags({ apply: true }), host(), now);
    expect(exitCode).toBe(1);
    expect(out).toContain('agent.proxy_scheme_unsupported');
    await expect(stat(claimConf())).rejects.toThrow('ENOENT');
    await setConfig(['proxy=proxy.example:3128'], flags({ apply: true, force: true }), host(), now);
    expect(await readFile(claimConf(), 'utf8')).toContain('proxy.example:3128');
    expect(exitCode).toBe(0);
  });

  it('says when there is nothing to do', async () => {
    await claimed('none');
    await setConfig(['proxy=none'], flags({ apply: true }), host(), now);
    expect(out).toContain('nothing to change');
    expect(await readdir(join(root, 'lib/cloud.d'))).toEqual(['cloud.conf', 'private.pem']);
    expect(exitCode).toBe(0);
  });

  it('changes the file behind a link, not the link', async () => {
    await writeFile(join(root, 'real.conf'), '[global]\nproxy = env\n');
    await symlink(join(root, 'real.conf'), claimConf());
    await setConfig(['proxy=none'], flags({ apply: true }), host(), now);
    expect((await lstat(claimConf())).isSymbolicLink()).toBe(true);
    expect(await readFile(join(root, 'real.conf'), 'utf8')).toBe('[global]\nproxy = none\n');
  });

  it.each([[['token=x']], [['proxy=a', 'proxy=b']], [['url=ftp://x']], [['proxy=a\nb']]])(
    '%j is bad usage and writes nothing',
    async (changes) => {
      await expect(setConfig(changes, flags({ apply: true }), host(), now)).rejects.toThrow(UsageError);
      expect(await readdir(join(root, 'etc'))).toEqual([]);
    },
  );

  it('names the byte-order mark that hides a section in the middle', async () => {
    await writeFile(claimConf(), '# merged\n\ufeff[global]\nproxy = env\n');
    await expect(setConfig(['proxy=none'], flags({ apply: true }), host(), now)).rejects.toThrow(
      'line 2 holds a byte-order mark',
    );
  });

  it('leaves a binary file alone', async () => {
    await writeFile(claimConf(), Uint8Array.from([0x5b, 0xff, 0xfe, 0x0a]));
    await expect(setConfig(['proxy=none'], flags({ apply: true }), host(), now)).rejects.toThrow('no text file');
  });
});

describe('config enable and disable', () => {
  it('explain themselves where there is no such switch', async () => {
    await switchLink('no', flags({ apply: true }), host(), now);
    expect(out).toContain('no switch');
    expect(exitCode).toBe(1);
  });
  it('write cloud.conf where there is', async () => {
    await writeFile(cloudConf(), '[global]\n  enabled = yes\n');
    await switchLink('no', flags({ apply: true, agentVersion: '1.47.5' }), host(), now);
    expect(await readFile(cloudConf(), 'utf8')).toBe('[global]\n  enabled = no\n');
    expect(exitCode).toBe(0);
  });
});
