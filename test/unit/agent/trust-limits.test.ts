import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Installed } from '../../../src/agent/installation.js';
import type { HostReader } from '../../../src/agent/reader.js';
import { STORE_LIMITS, type StoreLimits } from '../../../src/agent/store-reader.js';
import { readTrustStores } from '../../../src/agent/trust-stores.js';
import { createHostReader } from '../../../src/cli/host-reader.js';
import { memoryHost } from './memory-host.js';
import { cpuMs } from '../../helpers/cpu.js';

const block = (text: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString('base64')}\n-----END CERTIFICATE-----\n`;
const hash = (n: number): string => n.toString(16).padStart(8, '0');
const installed = {
  installation: { cloudDir: '/nowhere/cloud.d' },
  staticPrefix: null,
} as unknown as Installed;

async function linkStore(reader: HostReader, directory: string, limits: Partial<StoreLimits> = {}) {
  const environment = new Map([
    ['SSL_CERT_DIR', directory],
    ['SSL_CERT_FILE', '/nowhere/file.pem'],
  ]);
  const all = { ...STORE_LIMITS, ...limits };
  const { stores, failures } = await readTrustStores(reader, installed, environment, [], null, undefined, all);
  const store = stores.find(({ facts }) => facts.id === 'link');
  return { certificates: store?.certificates ?? [], problem: store?.facts.problem, failure: failures.get('link') };
}

describe('the limits of trust stores', () => {
  const files = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`/certs/${hash(n)}.0`, block(`certificate ${String(n)}`)]),
  );

  it('a store within them is whole', async () => {
    const { certificates, problem, failure } = await linkStore(memoryHost({ files }), '/certs');
    expect(certificates).toHaveLength(100);
    expect([problem, failure]).toEqual([null, null]);
  });

  it.each([
    ['files', { files: 41 }, /^6\d of 100 files in \/certs were not read whole/],
    ['bytes', { bytes: 2000 }, /^\d\d of 100 files in \/certs were not read whole/],
    ['time', { ms: 0 }, /100 of 100 files in \/certs/],
  ])('beyond those of %s it says what is missing, and proves nothing by it', async (_, limits, words) => {
    const { certificates, problem, failure } = await linkStore(memoryHost({ files }), '/certs', limits);
    expect(certificates.length).toBeLessThan(100);
    expect(problem).toMatch(words);
    expect(failure).toEqual({ kind: 'file_unreadable', code: 'EFBIG' });
  });

  it('a long run of numbers costs one look a name', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 9000 }, (_, n) => [`/certs/0123abcd.${String(n)}`, block('same')] as const),
    );
    const took = await cpuMs(async () => {
      const { certificates } = await linkStore(memoryHost({ files: many }), '/certs', { files: 10 });
      expect(certificates).toHaveLength(1);
    });
    expect(took).toBeLessThan(2000);
  });
});

describe('thousands of links to one large file', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'trust-'));
    mkdirSync(join(root, 'certs'));
    writeFileSync(join(root, 'large'), block('x'.repeat(3000)).repeat(1900));
    for (let n = 0; n < 4000; n += 1) symlinkSync(join(root, 'large'), join(root, 'certs', `${hash(n)}.0`));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('are read once, and let others have their turn meanwhile', async () => {
    let turns = 0;
    const clock = setInterval(() => (turns += 1), 1);
    const before = process.memoryUsage().rss;
    const { certificates, failure } = await linkStore(createHostReader(), join(root, 'certs'));
    clearInterval(clock);
    expect(certificates).toHaveLength(1);
    expect(failure).toBeNull();
    expect(turns).toBeGreaterThan(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });
});
