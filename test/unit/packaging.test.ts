/** What goes beside the forms that are shipped: checksums that a damaged file fails, the list of what is inside. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
// @ts-expect-error: build scripts, without types
import * as executables from '../../scripts/package/executable.mjs';
// @ts-expect-error: build scripts, without types
import { sbom } from '../../scripts/package/sbom.mjs';
// @ts-expect-error: build scripts, without types
import { sums } from '../../scripts/package/sums.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const install = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');
const { PLATFORMS, glibcOf, nodePins } = executables as {
  readonly PLATFORMS: readonly string[];
  readonly glibcOf: (file: string) => readonly [number, number];
  readonly nodePins: () => readonly { readonly version: string; readonly integrity: string }[];
};

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nde-packaging-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('SHA256SUMS', () => {
  const check = (): { status: number | null; stdout: string } =>
    spawnSync('sha256sum', ['--check', '--ignore-missing', 'SHA256SUMS'], { cwd: dir, encoding: 'utf8' });

  it('is failed by a file that was cut off or changed, in the words of docs/install.md', () => {
    const name = 'netdata-egress-linux-x64.xz';
    const whole = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
    writeFileSync(join(dir, name), whole);
    writeFileSync(join(dir, 'another'), 'x');
    const text = (sums as (folder: string, names: readonly string[]) => string)(dir, [name, 'another']);
    writeFileSync(join(dir, 'SHA256SUMS'), text);
    rmSync(join(dir, 'another'));
    expect(check()).toMatchObject({ status: 0, stdout: `${name}: OK\n` });
    expect(install).toContain(`\`${name}: OK\``);
    truncateSync(join(dir, name), 4999);
    expect(check()).toMatchObject({ status: 1, stdout: `${name}: FAILED\n` });
    whole[2500] = 255;
    writeFileSync(join(dir, name), whole);
    expect(check()).toMatchObject({ status: 1, stdout: `${name}: FAILED\n` });
    expect(install).toContain(`\`${name}: FAILED\``);
  });
});

describe('the list of what is inside', () => {
  const make = (): Promise<string> =>
    (sbom as (root: string, time: string) => Promise<string>)(ROOT, '2026-01-02T03:04:05.000Z');
  let text = '';
  let document: {
    readonly bomFormat: string;
    readonly metadata: { readonly timestamp: string };
    readonly components: readonly { readonly name: string; readonly version: string }[];
  };
  beforeAll(async () => {
    text = await make();
    document = JSON.parse(text) as typeof document;
  });

  it('names every package that the program imports, the Node of each executable, and nothing of the tests', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const names = document.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...Object.keys(dependencies), '@leichtgewicht/ip-codec']));
    expect(names.filter((name) => name === 'node')).toHaveLength(PLATFORMS.length);
    expect(names).not.toContain('vitest');
    expect(document.bomFormat).toBe('CycloneDX');
  });

  it('is the same for the same sources', async () => {
    expect(await make()).toBe(text);
    expect(document.metadata.timestamp).toBe('2026-01-02T03:04:05.000Z');
    expect(text).not.toContain('serialNumber');
  });
});

describe('the executables', () => {
  it('are pinned, and docs/install.md names each', () => {
    for (const { version, integrity } of nodePins()) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    }
    for (const platform of PLATFORMS) expect(install).toContain(platform);
  });

  it('are asked for the C library that they need', () => {
    const file = join(dir, 'elf');
    writeFileSync(file, 'x\0GLIBC_2.3.4\0GLIBC_2.28\0GLIBC_2.9\0GLIBCXX_3.4.21\0');
    expect(glibcOf(file)).toEqual([2, 28]);
  });
});

describe('the release workflow', () => {
  const workflow = readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8');

  it('builds twice, tests what it ships, and signs what SHA256SUMS names', () => {
    expect(workflow).toContain('diff -r out again');
    expect(workflow).toMatch(/EGRESS_BIN=out\/netdata-egress-linux-x64 /);
    expect(workflow).toMatch(/attest-build-provenance@[\s\S]*subject-checksums: out\/SHA256SUMS/);
  });

  it('is valid YAML that may write nothing but the release and its attestation', () => {
    expect(parse(workflow)).toMatchObject({
      permissions: { contents: 'read' },
      jobs: { package: { permissions: { contents: 'write', 'id-token': 'write', attestations: 'write' } } },
    });
  });
});
