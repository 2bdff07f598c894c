/** A host with very many rules: read and judged within two seconds of processor time and 200 MB, children included. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Host } from './attacker.js';

const DIST = new URL('../../dist/', import.meta.url).href;
const ELEMENTS = 200_000;
const RULES = 50_000;

const address = (first: number, at: number): string =>
  `${String(first)}.${String(at >> 16)}.${String((at >> 8) & 255)}.${String(at & 255)}`;

/** What the doctor asks of this host's rules after 60 connections that failed; prints what was found and what it took. */
const READ = `
  import { readLocalFirewall } from '${DIST}cli/host/local-firewall.js';
  const began = performance.now();
  const failure = { kind: 'generic_timeout_error', operation: 'connect', rawCode: null, detail: '' };
  const common = { operation: 'connect', transactionId: 't', targetId: 'x', leg: 'claim', routeId: 'direct', port: 443 };
  const probed = Array.from({ length: 60 }, (_, at) => ({
    ...common, id: String(at), role: { kind: 'path' }, address: '198.51.100.' + (at + 1), host: 'app.example',
    peer: 'target', t0Ms: 0, tMs: 1, failure }));
  let number = 0;
  const seen = await readLocalFirewall(
    { ids: { next: () => String(number++) }, now: () => performance.now() - began, probed, done: Promise.resolve(),
      deadlineMs: () => 60_000, interrupt: new AbortController().signal },
    { prober: { uid: 0, gid: 0 }, agents: [] });
  const rules = seen.flatMap((one) => one.rules.map(({ where, action, addresses }) => ({ where, action, addresses })));
  const failed = seen.filter((one) => one.failure !== null).map((one) => one.manager);
  console.log(JSON.stringify({ rules, failed, megabytes: process.resourceUsage().maxRSS / 1024 }));`;

let host: Host;
beforeEach(() => {
  host = new Host();
});
afterEach(() => host.remove());

/** `0m1.234s`, as times(1) of the shell prints it. */
const seconds = (text: string): number =>
  [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
    0,
  );

it('200,000 elements of an ipset, 50,000 rules of iptables, 60 flows', () => {
  const set = host.file(
    'set',
    [
      'create big hash:ip hashsize 65536 maxelem 300000',
      ...Array.from({ length: ELEMENTS }, (_, at) => `add big ${address(10, at)}`),
      'add big 198.51.100.7\n',
    ].join('\n'),
  );
  const rules = host.file(
    'rules',
    [
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:LIST - [0:0]',
      '-A OUTPUT -m set --match-set big dst -j DROP\n-A OUTPUT -j LIST',
      ...Array.from({ length: RULES }, (_, at) => `-A LIST -d ${address(11, at)}/32 -p tcp -m tcp --dport 443 -j DROP`),
      '-A LIST -d 198.51.100.9/32 -j REJECT\nCOMMIT\n',
    ].join('\n'),
  );
  const read = host.file('read.mjs', READ);
  // The second line of times(1) is of the children that a shell has waited for, and of theirs.
  const script = `ipset restore < ${set} && iptables-legacy-restore < ${rules} && sh -c '"$1" "$2"; times' sh "$0" "$1"`;
  const run = spawnSync('unshare', ['--net', 'sh', '-c', script, process.execPath, read], {
    encoding: 'utf8',
    timeout: 150_000,
    env: { PATH: process.env['PATH'] ?? '' },
  });
  expect(run.stderr).toBe('');
  const [told = '', , children = ''] = run.stdout.split('\n');
  const { megabytes, ...found } = JSON.parse(told) as { rules: unknown; failed: unknown; megabytes: number };
  const took = seconds(children);
  console.log(
    `${String(ELEMENTS)} elements, ${String(RULES)} rules, 60 flows: ${took.toFixed(2)} s of processor time with children, ${megabytes.toFixed(0)} MB`,
  );
  expect(found).toEqual({
    failed: [],
    rules: [
      { where: 'iptables OUTPUT rule 1', action: 'drop', addresses: ['198.51.100.7'] },
      { where: `iptables LIST rule ${String(RULES + 1)}`, action: 'reject', addresses: ['198.51.100.9'] },
    ],
  });
  expect(took).toBeLessThan(2);
  expect(megabytes).toBeLessThan(200);
});
