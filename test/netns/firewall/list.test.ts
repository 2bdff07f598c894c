/** Where the allow list comes from: resolvers, a saved run, a file; and what never gets into it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { AllowList } from '../../../src/model/allow-list.js';
import { PROGRAM, doctor, RANGES, serveCloud, SOURCE, until } from './cli.js';
import { DNS4, Lab, LISTED, UNLISTED } from './lab.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

async function open(): Promise<Lab> {
  lab = await Lab.open({ ports: [8443] });
  await serveCloud(lab);
  return lab;
}

function render(at: Lab, args: readonly string[]) {
  return at.run([...PROGRAM, 'rules', ...args]);
}

function addresses(text: string): string[] {
  const list = JSON.parse(text) as AllowList;
  return [...new Set(list.hosts.flatMap((host) => host.addresses.map((row) => row.cidr.replace(/\/\d+$/, ''))))].sort();
}

/** A resolver of the cloud's that lies: bogons, a sinkhole, and a public address with nobody behind it. */
async function startLiar(at: Lab): Promise<string> {
  const records = ['10.1.2.3', '127.0.0.1', '0.0.0.0', '169.254.1.1', '::ffff:198.51.100.2', UNLISTED[0], LISTED[0]];
  at.startCloud([
    'dnsmasq',
    '--no-daemon',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--user=root',
    '--pid-file=',
    '--port=5353',
    `--listen-address=${DNS4}`,
    '--bind-interfaces',
    ...['app', 'api', 'mqtt'].flatMap((name) => records.map((row) => `--host-record=${name}.netdata.cloud,${row}`)),
  ]);
  const liar = `${DNS4}:5353`;
  await until('the lying resolver', async () =>
    (await render(at, ['json', '--resolver', liar])).stdout.includes(LISTED[0]),
  );
  return liar;
}

describe('the allow list', () => {
  test('holds what the resolver says, with its age; bogons never enter, unproven addresses not with --proven', async () => {
    const at = await open();
    const honest = await render(at, ['json', ...SOURCE]);
    expect(addresses(honest.stdout)).toEqual([...LISTED]);
    const row = (JSON.parse(honest.stdout) as AllowList).hosts[0]?.addresses[0];
    expect(row).toMatchObject({ source: DNS4, ttl: 0, proven: false });
    expect(Date.parse(row?.expires ?? '') - Date.parse(row?.lastSeen ?? '')).toBe(3_600_000);
    const liar = await startLiar(at);
    const lied = await render(at, ['json', ...RANGES, '--resolver', liar]);
    expect(addresses(lied.stdout)).toEqual([LISTED[0], UNLISTED[0]].sort());
    for (const bogon of ['10.1.2.3', '127.0.0.1', '0.0.0.0', '169.254.1.1'])
      expect(lied.stderr).toContain(`left out ${bogon} for app.netdata.cloud`);
    const proven = await render(at, ['json', ...RANGES, '--resolver', liar, '--resolver', DNS4, '--proven']);
    expect(addresses(proven.stdout)).toEqual([...LISTED]);
    expect(proven.stderr).toContain(`left out ${UNLISTED[0]} for app.netdata.cloud: no valid certificate`);
  });

  test('comes from a saved run in every form, and from a file, and says when it is old', async () => {
    const at = await open();
    const [json, html] = [join(at.dir, 'run.json'), join(at.dir, 'run.html')];
    await doctor(at, ['--output', json]).catch(() => null);
    const run = await readFile(json, 'utf8');
    expect((await at.run([...PROGRAM, 'report', 'show', json, '--format', 'html', '--output', html])).code).toBe(0);
    for (const file of [json, html]) {
      const made = await render(at, ['json', '--from-report', file, '--proven', ...RANGES]);
      expect([made.code, addresses(made.stdout)]).toEqual([0, [...LISTED]]);
    }
    const old = join(at.dir, 'old.json');
    await writeFile(old, run.replace(/"startedAt": ?"20\d\d/, '"startedAt": "2020'));
    const stale = await render(at, ['nftables', '--from-report', old, ...RANGES]);
    expect(stale.stderr).toContain('addresses are stale (last seen 2020-');
    expect(stale.stdout).toContain('shared infrastructure');
    await writeFile(join(at.dir, 'cut.json'), run.slice(0, 200));
    const cut = await render(at, ['json', '--from-report', join(at.dir, 'cut.json')]);
    expect([cut.code, cut.stdout, cut.stderr]).toEqual([2, '', expect.stringContaining('not valid JSON')]);
    const list = join(at.dir, 'list.json');
    await render(at, ['json', ...SOURCE, '--output', list]);
    expect(addresses((await render(at, ['json', '--from-list', list, ...RANGES])).stdout)).toEqual([...LISTED]);
  });

  test('grows by purpose, and goes through a proxy where there is one', async () => {
    const at = await open();
    const plain = await render(at, ['domains']);
    const more = await render(at, ['domains', '--for', 'install,update,telemetry']);
    expect(plain.stdout).not.toContain('get.netdata.cloud');
    expect(more.stdout).toContain('get.netdata.cloud');
    const proxied = join(at.dir, 'proxied');
    const made = await render(at, ['nftables', '--proxy', '10.9.8.7:3128', '--output-dir', proxied]);
    expect(made.code).toBe(0);
    expect(await readFile(`${proxied}/nd-allow.nft`, 'utf8')).toContain('10.9.8.7');
    expect(await readFile(`${proxied}/nd-allow.proxy-must-allow.txt`, 'utf8')).toContain(
      'CONNECT mqtt.netdata.cloud:443',
    );
  });

  test('is refused when nothing can be proven or found: an empty list is never emitted', async () => {
    const at = await open();
    const dead = await render(at, ['nftables', '--resolver', '198.51.100.77', ...RANGES]);
    expect([dead.code, dead.stdout]).toEqual([2, '']);
    expect(dead.stderr).toContain('none is known for');
    const checked = await render(at, ['check', 'nftables', ...SOURCE]);
    expect([checked.code, checked.stdout]).toEqual([
      0,
      expect.stringMatching(/^nftables: accepted by nft -c \(nftables v/),
    ]);
  });
});
