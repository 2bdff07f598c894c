/** The role `rules` on hosts that other programs than nft filter, over a real sshd; on one of them without Node. */
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench, failures, played, resultOf, type Bench, type Played } from './collection.js';
import { CLOUD, RESOLVER, World } from './world.js';

/** As an administrator has it who lets nothing out but DNS and the answers of sshd. */
const MANAGERS: Readonly<Record<string, { readonly needs: string; readonly deny: string; readonly state: string }>> = {
  iptables: {
    needs: '/usr/sbin/iptables',
    deny: `iptables -A OUTPUT -o lo -j ACCEPT
iptables -A OUTPUT -p tcp --sport 22 -j ACCEPT
iptables -A OUTPUT -d ${RESOLVER} -p udp --dport 53 -j ACCEPT
iptables -A OUTPUT -d ${RESOLVER} -p tcp --dport 53 -j ACCEPT
iptables -A OUTPUT -j REJECT --reject-with icmp-admin-prohibited
iptables -P OUTPUT DROP`,
    state: 'iptables-save',
  },
  ufw: {
    needs: '/usr/sbin/ufw',
    deny: `cp -a /etc/ufw /run/ufw
cp -a /etc/default/ufw /run/ufw.default
mount --bind /run/ufw /etc/ufw
mount --bind /run/ufw.default /etc/default/ufw
ufw --force enable
ufw allow 22/tcp
ufw allow out to ${RESOLVER} port 53
ufw default reject outgoing`,
    state: 'cat /etc/ufw/user.rules; iptables-save',
  },
  firewalld: {
    needs: '/usr/bin/firewall-cmd',
    deny: `cp -a /etc/firewalld /run/firewalld.conf
mount --bind /run/firewalld.conf /etc/firewalld
mkdir -p /run/dbus /run/firewalld /etc/firewalld/policies
cat > /etc/firewalld/policies/site.xml <<POLICY
<?xml version="1.0" encoding="utf-8"?>
<policy priority="100" target="REJECT">
  <short>site</short>
  <ingress-zone name="HOST"/>
  <egress-zone name="ANY"/>
  <rule family="ipv4"><destination address="${RESOLVER}"/><port port="53" protocol="udp"/><accept/></rule>
  <rule family="ipv4"><destination address="${RESOLVER}"/><port port="53" protocol="tcp"/><accept/></rule>
</policy>
POLICY
dbus-daemon --system --nofork --nopidfile > /run/dbus.log 2>&1 < /dev/null &
firewalld --nofork --nopid > /run/firewalld.log 2>&1 < /dev/null &
n=0
until firewall-cmd --state > /run/state 2>&1; do n=$((n + 1)); test "$n" -lt 300; sleep 0.2; done`,
    state: 'cd /etc/firewalld && find . -type f ! -name "*.old" | sort | xargs cat; nft list ruleset',
  },
};
const THROUGH = CLOUD.map((address) => `${address}/32 tcp/443\n`).join('');
const EXECUTABLE = join(fileURLToPath(new URL('../../', import.meta.url)), 'out/netdata-egress-linux-x64');

let at: Bench;
let world: World;
let inventory = '';

const play = async (host: string, vars: object, ...more: string[]): Promise<Played> => {
  const common = {
    netdata_egress_rules_target: host,
    netdata_egress_rules_arguments: ['--accept-range', '198.51.100.0/24', '--resolver', RESOLVER],
    // The units of this machine are not the host's.
    netdata_egress_rules_boot: false,
    // A busy machine takes its time between loading and confirming.
    netdata_egress_rules_confirm_seconds: 300,
  };
  const words = ['-i', inventory, 'netdata_egress.fleet.rules', '--limit', host, '--diff'];
  const extra = ['-e', JSON.stringify({ ...common, ...vars })];
  return played(await world.run(null, ['ansible-playbook', ...words, ...extra, ...more], 600_000));
};
const stateOf = async (host: string): Promise<string> =>
  (await world.must(host, ['sh', '-c', MANAGERS[host]?.state ?? 'false']))
    .replaceAll(/\[\d+:\d+\]|counter packets \d+ bytes \d+/g, '')
    .replaceAll(/^# (?:Generated|Completed).*\n/gm, '');
const loading = (done: Played, host: string) => resultOf(done, host, 'Load the rules behind a guard');

beforeAll(async () => {
  at = await bench();
  world = await World.open(at);
  const lines: string[] = [];
  for (const name of Object.keys(MANAGERS)) lines.push(await world.add({ name }));
  inventory = await world.inventory(lines);
});
afterAll(async () => {
  await world.close();
  await rm(at.dir, { recursive: true, force: true });
});

describe.each(Object.entries(MANAGERS))('%s', (host, { needs, deny }) => {
  const skipped = existsSync(needs) ? false : `${needs} is not installed`;
  let before = '';

  it('says in check mode what it would let through, and changes nothing', async ({ skip }) => {
    if (skipped !== false) skip(skipped);
    await world.must(host, ['sh', '-ec', deny]);
    before = await stateOf(host);
    const would = await play(host, {}, '--check');
    expect([would.code, failures(would), would.stats[host]?.changed]).toEqual([0, [], 1]);
    expect(loading(would, host)?.diff).toMatchObject({ before: '', after: THROUGH });
    expect(await stateOf(host)).toBe(before);
  });

  it('loads the rules, keeps them, and changes nothing the second time', async ({ skip }) => {
    if (skipped !== false) skip(skipped);
    const loaded = await play(host, {});
    expect([loaded.code, failures(loaded), loaded.stats[host]?.changed]).toEqual([0, [], 1]);
    expect(loading(loaded, host)).toMatchObject({ waiting: true, diff: { before: '', after: THROUGH } });
    for (const address of CLOUD) expect(await stateOf(host)).toContain(address);
    const again = await play(host, {});
    expect([again.code, failures(again), again.stats[host]?.changed]).toEqual([0, [], 0]);
    expect(loading(again, host)?.diff).toMatchObject({ before: THROUGH, after: THROUGH });
  });

  it('takes the rules out, once', async ({ skip }) => {
    if (skipped !== false) skip(skipped);
    const out = { netdata_egress_rules_state: 'absent' };
    expect((await play(host, out)).stats[host]?.changed).toBe(1);
    for (const address of CLOUD) expect(await stateOf(host)).not.toContain(address);
    expect((await play(host, out)).stats[host]?.changed).toBe(0);
  });
});

it('carries the executable to a host without Node', async ({ skip }) => {
  if (!existsSync(EXECUTABLE)) skip('the executable is not there: npm run package -- linux-x64');
  await cp(EXECUTABLE, join(at.files, 'netdata-egress-linux-x64'));
  const vars = { netdata_egress_node: '/nowhere/node' };
  const loaded = await play('iptables', vars);
  expect([loaded.code, failures(loaded), loaded.stats['iptables']?.changed]).toEqual([0, [], 1]);
  for (const address of CLOUD) expect(await stateOf('iptables')).toContain(address);
});
