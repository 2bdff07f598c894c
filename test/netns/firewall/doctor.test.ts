/** The doctor itself as the judge: a default-deny host fails, the rules make it pass in both families, their removal fails it again. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { host, LAB_RANGES, list } from '../../unit/firewall/factory.js';
import { DNS4, DNS6, Lab, LISTED } from './lab.js';
import { fireholHost, HOSTS } from './managers.js';

const BIN = new URL('../../../bin/netdata-egress.js', import.meta.url).pathname;
let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

/** The simulated cloud on the listed addresses, and its root certificate in the host's own store. */
async function serveCloud(at: Lab): Promise<void> {
  const ca = join(at.dir, 'ca.pem');
  const addresses = LISTED.flatMap((address) => ['--address', address]);
  at.startCloud([
    'node',
    BIN,
    'lab',
    'serve',
    ...addresses,
    '--https-port',
    '443',
    '--dns-port',
    'none',
    '--write-ca',
    ca,
  ]);
  for (let i = 0; ; i++) {
    const text = await readFile(ca, 'utf8').catch(() => '');
    if (text.includes('END CERTIFICATE')) break;
    if (i > 100) throw new Error('the simulated cloud did not come up');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await at.must(['mount', '-t', 'tmpfs', 'tmpfs', '/etc/ssl/certs']);
  await at.must(['cp', ca, '/etc/ssl/certs/ca-certificates.crt']);
  await at.must(['cp', ca, '/etc/ssl/certs/lab.pem']);
  await at.must(['openssl', 'rehash', '/etc/ssl/certs']);
}

interface Judged {
  readonly code: number | null;
  readonly claim: string;
  readonly link: string;
  /** Families in which every connection to the cloud was made. */
  readonly families: readonly number[];
}

interface Reported {
  readonly verdict: { readonly claim: { readonly outcome: string }; readonly link: { readonly outcome: string } };
  readonly observations: readonly { readonly operation: string; readonly family?: number; readonly failure: unknown }[];
}

async function doctor(at: Lab): Promise<Judged> {
  const empty = join(at.dir, 'agent');
  await mkdir(empty, { recursive: true });
  const dirs = ['--config-dir', empty, '--lib-dir', empty];
  const result = await at.run(['node', BIN, 'doctor', '--json', '--env-from', 'self', ...dirs], { timeoutMs: 60_000 });
  const report = JSON.parse(result.stdout) as Reported;
  const connects = report.observations.filter((seen) => seen.operation === 'connect');
  const all = (family: number): boolean => {
    const mine = connects.filter((seen) => seen.family === family);
    return mine.length > 0 && mine.every((seen) => seen.failure === null);
  };
  const { claim, link } = report.verdict;
  return { code: result.code, claim: claim.outcome, link: link.outcome, families: [4, 6].filter(all) };
}

const WORKS: Judged = { code: 0, claim: 'will_work', link: 'will_work', families: [4, 6] };
const FAILS: Judged = { code: 1, claim: 'will_fail', link: 'will_fail', families: [] };

describe.each([...HOSTS, fireholHost])('$title', (manager) => {
  test('the doctor fails, passes with the rules, and fails without them', async ({ skip }) => {
    for (const program of manager.needs)
      if ((await hostRunner.which(program)) === null) skip(`${program} not installed`);
    lab = await Lab.open({ ports: [8443] });
    const at = lab;
    await serveCloud(at);
    await manager.prepare(at);
    await manager.deny(at);
    const [v4, v6] = [LISTED.filter((row) => !row.includes(':')), LISTED.filter((row) => row.includes(':'))];
    const hosts = ['app', 'api', 'mqtt'].map((name) => host(`${name}.netdata.cloud`, [...v4, ...v6]));
    const allowList = checkAllowList(list(hosts, { resolvers: [DNS4, DNS6] }), LAB_RANGES);
    for (const file of renderRules(findTarget(manager.target), allowList, { toolVersion: '0.1.0' })) {
      await mkdir(dirname(join(at.dir, 'rules', file.name)), { recursive: true });
      await writeFile(join(at.dir, 'rules', file.name), file.content, { mode: file.mode });
    }
    const script = (role: string): Promise<string> =>
      at.must(['sh', join(at.dir, 'rules', `nd-allow-${manager.target}.${role}.sh`)], { env: manager.env });
    expect(await doctor(at)).toEqual(FAILS);
    await script('install');
    expect(await doctor(at)).toEqual(WORKS);
    await script('uninstall');
    expect(await doctor(at)).toEqual(FAILS);
  });
});
