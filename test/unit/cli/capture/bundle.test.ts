/** A netdata-support-bundle, as its directory and as its archive, judged; and archives that nobody should open. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, describe, expect, it } from 'vitest';
import { captureDeps } from '../../../../src/cli/capture/deps.js';
import { readBundle } from '../../../../src/cli/capture/bundle.js';
import { doctorOptions } from '../../../../src/cli/doctor/options.js';
import { runDoctor } from '../../../../src/cli/doctor/run-doctor.js';
import { UsageError } from '../../../../src/model/errors.js';
import type { Report } from '../../../../src/model/report.js';

const root = mkdtempSync(join(tmpdir(), 'netdata-egress-bundle-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const head = (command: string): string =>
  `# netdata-support-bundle v1.0.0 | command: ${command} | captured: 2026-11-30T10:00:00Z\n`;
const FOOT = '# exit: 0 | duration: 0s\n';

/** An Agent that has claimed and does not come online: its proxy is not one that the link takes. */
const FILES: Readonly<Record<string, string>> = {
  '04-config/netdata.conf': '[global]\n    hostname = redacted-host\n',
  '04-config/cloud.conf':
    '[global]\n    url = https://app.netdata.cloud\n    proxy = https://private-host-1:3128\n    claimed_id = c0ffee00-1234-4abc-9def-0123456789ab\n',
  '06-state/cloud-state.txt': `${head('sh -c ls')}== cloud.d listing ==\ntotal 8\n-rw------- 1 netdata netdata 1700 Nov 30 10:00 private.pem\n== claimed_id ==\nc0ffee00-1234-4abc-9def-0123456789ab\n\n${FOOT}`,
  '07-runtime/info-v1.json': '{"version":"v2.10.3","uid":"x"}',
  '07-runtime/info-v3.json': JSON.stringify({
    agents: [
      {
        cloud: {
          status: 'offline',
          reason: 'cannot resolve hostname',
          url: 'https://app.netdata.cloud',
          claim_id: 'c0ffee00-1234-4abc-9def-0123456789ab',
        },
      },
    ],
  }),
  '08-network/resolv-conf.txt': `${head('sed')}nameserver 192.0.2.53\n${FOOT}`,
  '08-network/proxy-env.txt': `${head('env')}(no proxy variables set)\n${FOOT}`,
  '08-network/cloud-connectivity.txt': `${head('curl')}* Could not resolve host: app.netdata.cloud\n* Closing connection 0\n${FOOT}`,
};
const ORIGINS: Readonly<Record<string, string>> = {
  '04-config/netdata.conf': '/etc/netdata/netdata.conf',
  '04-config/cloud.conf': '/var/lib/netdata/cloud.d/cloud.conf',
};
const MANIFEST = JSON.stringify({
  schema: 'netdata-support-bundle/v1',
  generated_utc: '2026-11-30T10:00:00Z',
  files: Object.keys(FILES).map((path) => ({ path, kind: 'file', origin: ORIGINS[path] ?? 'command' })),
});
const ALL = { ...FILES, 'MANIFEST.json': MANIFEST };

let made = 0;
function directory(files: Readonly<Record<string, string>>): string {
  made += 1;
  const at = join(root, `bundle-${String(made)}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), text);
  }
  return at;
}

type Entry = Parameters<typeof packTar>[0][number];
const entries = (files: Readonly<Record<string, string>>): Entry[] =>
  Object.entries(files).map(([name, body]) => ({
    header: { name: `netdata-support-bundle-x/${name}`, size: Buffer.byteLength(body), type: 'file' },
    body,
  }));

async function archive(list: readonly Entry[], zip = true): Promise<string> {
  made += 1;
  const at = join(root, `bundle-${String(made)}.tar`);
  const bytes = Buffer.from(await packTar(list));
  writeFileSync(at, zip ? gzipSync(bytes) : bytes);
  return at;
}

async function judged(path: string): Promise<Report> {
  const deps = captureDeps(await readBundle(path), [], new AbortController().signal, []);
  return (await runDoctor(doctorOptions({}), deps)).report;
}

const refusal = async (path: string): Promise<string> => {
  try {
    await readBundle(path);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
  return 'taken';
};

describe('a support bundle', () => {
  it.each(['directory', 'tar', 'tar.gz'])(
    'as %s tells settings, what the Agent says and what curl met',
    async (form) => {
      const path = form === 'directory' ? directory(ALL) : await archive(entries(ALL), form === 'tar.gz');
      const report = await judged(path);
      const ids = report.findings.flatMap((finding) => (finding.outcome === 'found' ? [finding.id] : []));
      expect(report.agent.version).toEqual({ value: '2.10.3', source: 'installed' });
      expect(report.agent.claimed).toBe(true);
      expect(report.verdict.link.outcome).not.toBe('will_work');
      expect(ids.some((id) => id.startsWith('dns.'))).toBe(true);
      expect(ids).toContain('agent.proxy_scheme_unsupported');
      // What nobody looked at is not said to be missing.
      expect(ids).not.toContain('host.no_ca_store');
      expect(report.notChecked.join('\n')).toContain('support bundle');
      expect(
        report.findings.filter(
          (finding) => finding.outcome === 'found' && finding.confidence === 'certain' && finding.severity === 'blocks',
        ),
      ).toEqual([]);
    },
  );

  it.each([
    ['no manifest', FILES, 'no netdata-support-bundle'],
    ['another manifest', { ...FILES, 'MANIFEST.json': '{"schema":"sosreport"}' }, 'no netdata-support-bundle'],
    ['a damaged manifest', { ...FILES, 'MANIFEST.json': '{"schema":' }, 'no netdata-support-bundle'],
  ])('with %s is refused', async (_, files, why) => {
    expect(await refusal(directory(files))).toContain(why);
    expect(await refusal(await archive(entries(files)))).toContain(why);
  });

  it('does not follow a link out of its directory', async () => {
    const at = directory({ ...FILES });
    symlinkSync('/etc/hostname', join(at, 'MANIFEST.json'));
    expect(await refusal(at)).toContain('no netdata-support-bundle');
  });
});

describe('an archive', () => {
  const with_ = async (...more: readonly Entry[]): Promise<string> =>
    refusal(await archive([...entries(ALL), ...more]));

  it('with a link, a device or a pipe is refused', async () => {
    for (const type of ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const)
      expect(
        await with_({ header: { name: 'netdata-support-bundle-x/a', size: 0, type, linkname: '/etc/shadow' } }),
      ).toContain('a link or a device');
  });

  it('with a name that leads out of it, or a name twice, is refused', async () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', 'x/../../y', 'x/..'])
      expect(await with_({ header: { name, size: 1, type: 'file' }, body: 'x' })).toMatch(/leads out of it|damaged/);
    expect(
      await with_({ header: { name: 'netdata-support-bundle-x/MANIFEST.json', size: 2, type: 'file' }, body: '{}' }),
    ).toContain('twice');
  });

  it('that is cut, foreign, or unpacks without end is refused', async () => {
    const good = Buffer.from(await packTar(entries(ALL)));
    const write = (bytes: Buffer): string => {
      made += 1;
      const at = join(root, `bad-${String(made)}`);
      writeFileSync(at, bytes);
      return at;
    };
    const zipped = gzipSync(good);
    expect(await refusal(write(zipped.subarray(0, zipped.length / 2)))).toContain('damaged');
    expect(await refusal(write(good.subarray(0, good.length / 2)))).toMatch(/damaged|no netdata-support-bundle/);
    expect(await refusal(write(Buffer.from('PK\u0003\u0004 no tar at all'.padEnd(2000))))).toMatch(
      /damaged|no archive|no netdata-support-bundle/,
    );
    expect(await refusal(write(gzipSync(Buffer.alloc(200 * 1024 * 1024))))).toContain('more than any bundle');
  });

  it('of 10 GB is refused at once', async () => {
    const at = join(root, 'huge.tar');
    writeFileSync(at, '');
    truncateSync(at, 10 * 1024 ** 3);
    expect(await refusal(at)).toContain('cannot read');
  });

  it('is a file: a device is not opened', async () => {
    expect(await refusal('/dev/zero')).toContain('cannot read');
    expect(await refusal(join(root, 'none'))).toContain('cannot read');
  });
});
