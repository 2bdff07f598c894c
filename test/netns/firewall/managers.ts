/** The host firewalls under test: how each one denies by default, and how its state is read as text. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { DNS4, DNS6, type Lab } from './lab.js';

export interface Manager {
  readonly title: string;
  readonly target: string;
  readonly needs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Before anything else: daemons, bind mounts. */
  prepare(lab: Lab): Promise<void>;
  /** Egress default-deny with loopback, established, neighbour discovery and DNS, as an administrator has it. */
  deny(lab: Lab): Promise<void>;
  /** The whole state, without counters and other things that change by themselves. */
  snapshot(lab: Lab): Promise<string>;
  readonly settings?: Readonly<Record<string, string>>;
}

const nothing = (): Promise<void> => Promise.resolve();

async function nftList(lab: Lab): Promise<string> {
  const text = await lab.must(['nft', 'list', 'ruleset']);
  return text.replaceAll(/counter packets \d+ bytes \d+/g, 'counter').replaceAll(/ expires \S+/g, '');
}

const nftBase = `table inet filter {
	chain input {
		type filter hook input priority 0; policy drop;
		iif "lo" accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		udp sport 53 accept
		tcp sport 53 accept
	}
	chain output {
		type filter hook output priority 0; policy drop;
		oif "lo" accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		ip daddr ${DNS4} meta l4proto { tcp, udp } th dport 53 accept
		ip6 daddr ${DNS6} meta l4proto { tcp, udp } th dport 53 accept
		counter reject with icmpx type admin-prohibited
	}
}
`;

export const nftablesHost: Manager = {
  title: 'nftables',
  target: 'nftables',
  needs: ['nft'],
  env: {},
  prepare: nothing,
  deny: async (lab) => void (await lab.must(['nft', '-f', '-'], { stdin: nftBase })),
  snapshot: nftList,
};

/** Hash order and the hash's seed differ from set to set. */
async function ipsets(lab: Lab): Promise<string> {
  const text = await lab.must(['ipset', 'save']);
  const lines = text.split('\n').map((line) => line.replace(/ hashsize \d+/, '').replace(/ initval \S+/, ''));
  return lines.sort().join('\n');
}

function iptablesHost(backend: 'nft' | 'legacy', target: 'iptables' | 'ipset'): Manager {
  const save = async (lab: Lab): Promise<string> => {
    const parts = await Promise.all([
      lab.must([`iptables-${backend}-save`]),
      lab.must([`ip6tables-${backend}-save`]),
      target === 'ipset' ? ipsets(lab) : '',
    ]);
    return parts
      .join('\n')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/\[\d+:\d+\]/, '[0:0]'))
      .join('\n');
  };
  return {
    title: `${target} (${backend})`,
    target,
    needs: [`iptables-${backend}`, ...(target === 'ipset' ? ['ipset'] : [])],
    env: { IPTABLES: `iptables-${backend}`, IP6TABLES: `ip6tables-${backend}` },
    prepare: nothing,
    deny: async (lab) => {
      for (const v6 of [false, true]) {
        const nd = v6
          ? ['135', '136'].flatMap((type) => [
              `-A INPUT -p ipv6-icmp --icmpv6-type ${type} -j ACCEPT`,
              `-A OUTPUT -p ipv6-icmp --icmpv6-type ${type} -j ACCEPT`,
            ])
          : [];
        const dns = v6 ? DNS6 : DNS4;
        const rules = [
          '*filter',
          ':INPUT DROP [0:0]',
          ':FORWARD ACCEPT [0:0]',
          ':OUTPUT DROP [0:0]',
          '-A INPUT -i lo -j ACCEPT',
          '-A OUTPUT -o lo -j ACCEPT',
          ...nd,
          `-A OUTPUT -d ${dns} -p udp --dport 53 -j ACCEPT`,
          `-A OUTPUT -d ${dns} -p tcp --dport 53 -j ACCEPT`,
          '-A INPUT -p udp --sport 53 -j ACCEPT',
          '-A INPUT -p tcp --sport 53 -j ACCEPT',
          `-A OUTPUT -j REJECT --reject-with ${v6 ? 'icmp6-adm-prohibited' : 'icmp-admin-prohibited'}`,
          'COMMIT',
          '',
        ];
        await lab.must([`ip${v6 ? '6' : ''}tables-${backend}-restore`], { stdin: rules.join('\n') });
      }
    },
    snapshot: save,
  };
}

export const ufwHost: Manager = {
  title: 'ufw',
  target: 'ufw',
  needs: ['ufw'],
  env: {},
  prepare: async (lab) => {
    await cp('/etc/ufw', join(lab.dir, 'ufw'), { recursive: true });
    await cp('/etc/default/ufw', join(lab.dir, 'ufw.default'));
    await lab.must(['mount', '--bind', join(lab.dir, 'ufw'), '/etc/ufw']);
    await lab.must(['mount', '--bind', join(lab.dir, 'ufw.default'), '/etc/default/ufw']);
    await lab.must(['ufw', '--force', 'enable']);
    // The first change after `enable` also loads two of ufw's own limit rules: let that be behind us.
    await lab.must(['ufw', 'allow', 'out', 'to', '198.51.100.200', 'port', '1']);
    await lab.must(['ufw', 'delete', 'allow', 'out', 'to', '198.51.100.200', 'port', '1']);
    await lab.must(['ufw', 'allow', 'out', 'to', '2001:db8::200', 'port', '1']);
    await lab.must(['ufw', 'delete', 'allow', 'out', 'to', '2001:db8::200', 'port', '1']);
  },
  deny: async (lab) => {
    await lab.must(['ufw', 'default', 'reject', 'outgoing']);
    for (const dns of [DNS4, DNS6])
      await lab.must(['ufw', 'allow', 'out', 'to', dns, 'port', '53', 'comment', 'resolver']);
  },
  snapshot: async (lab) => {
    const files = await Promise.all(
      ['user.rules', 'user6.rules', 'before.rules', 'before6.rules', 'after.rules', 'after6.rules', 'ufw.conf'].map(
        (name) => readFile(join(lab.dir, 'ufw', name), 'utf8'),
      ),
    );
    const kernel = await Promise.all([lab.must(['iptables-save']), lab.must(['ip6tables-save'])]);
    return [...files, await readFile(join(lab.dir, 'ufw.default'), 'utf8'), ...kernel]
      .join('\n')
      .split('\n')
      .filter((line) => !/^# (?:Generated|Completed)/.test(line))
      .map((line) => line.replace(/\[\d+:\d+\]/, '[0:0]'))
      .join('\n');
  },
};

const denyPolicy = `<?xml version="1.0" encoding="utf-8"?>
<policy priority="100" target="REJECT">
  <short>site</short>
  <ingress-zone name="HOST"/>
  <egress-zone name="ANY"/>
  <rule family="ipv6"><icmp-type name="neighbour-solicitation"/><accept/></rule>
  <rule family="ipv6"><icmp-type name="neighbour-advertisement"/><accept/></rule>
  <rule family="ipv4"><destination address="${DNS4}"/><port port="53" protocol="udp"/><accept/></rule>
  <rule family="ipv6"><destination address="${DNS6}"/><port port="53" protocol="udp"/><accept/></rule>
</policy>
`;

export const firewalldHost: Manager = {
  title: 'firewalld',
  target: 'firewalld',
  needs: ['firewalld', 'firewall-cmd', 'dbus-daemon'],
  env: {},
  prepare: async (lab) => {
    await cp('/etc/firewalld', join(lab.dir, 'firewalld'), { recursive: true });
    await lab.must(['mount', '--bind', join(lab.dir, 'firewalld'), '/etc/firewalld']);
    await lab.must(['mkdir', '-p', '/run/dbus', '/run/firewalld']);
    lab.start(['dbus-daemon', '--system', '--nofork', '--nopidfile']);
    lab.start(['firewalld', '--nofork', '--nopid']);
    for (let i = 0; (await lab.run(['firewall-cmd', '--state'])).code !== 0; i++) {
      if (i > 60) throw new Error('firewalld did not come up');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  },
  deny: async (lab) => {
    await mkdir(join(lab.dir, 'firewalld/policies'), { recursive: true });
    await writeFile(join(lab.dir, 'firewalld/policies/site.xml'), denyPolicy);
    await lab.must(['firewall-cmd', '--reload']);
  },
  snapshot: async (lab) => {
    const files = await lab.must([
      'sh',
      '-c',
      'cd /etc/firewalld && find . -type f ! -name "*.old" | sort | xargs sha256sum',
    ]);
    return `${files}${await nftList(lab)}`;
  },
};

export const fireholHost: Manager = {
  title: 'FireHOL',
  target: 'firehol',
  needs: ['firehol', 'ipset'],
  env: {},
  prepare: async (lab) => {
    await mkdir(join(lab.dir, 'firehol'));
    await writeFile(join(lab.dir, 'firehol.default'), 'START_FIREHOL=YES\nWAIT_FOR_IFACE=""\n');
    await lab.must(['mount', '--bind', join(lab.dir, 'firehol.default'), '/etc/default/firehol']);
    await lab.must(['mount', '--bind', join(lab.dir, 'firehol'), '/etc/firehol']);
    await lab.must(['mount', '-t', 'tmpfs', 'tmpfs', '/var/spool']);
  },
  deny: async (lab) => {
    const dns = `\tclient4 dns accept dst ${DNS4}\n\tclient6 dns accept dst ${DNS6}\n`;
    const conf = `version 6\n\ninterface any world\n\tpolicy reject\n\tclient6 ipv6neigh accept\n\tserver6 ipv6neigh accept\n${dns}`;
    await writeFile(join(lab.dir, 'firehol/firehol.conf'), conf);
    await lab.must(['firehol', '/etc/firehol/firehol.conf', 'start']);
  },
  snapshot: async (lab) => {
    const files = await lab.must(['sh', '-c', 'cd /etc/firehol && find . -type f -name "*.conf" | sort | xargs cat']);
    const kernel = await Promise.all([
      lab.must(['iptables-legacy-save']),
      lab.must(['ip6tables-legacy-save']),
      ipsets(lab),
    ]);
    return [files, ...kernel]
      .join('\n')
      .split('\n')
      .filter((line) => !/^# (?:Generated|Completed)/.test(line))
      .map((line) => line.replace(/\[\d+:\d+\]/, '[0:0]'))
      .join('\n');
  },
};

export const HOSTS: readonly Manager[] = [
  nftablesHost,
  iptablesHost('nft', 'iptables'),
  iptablesHost('legacy', 'iptables'),
  iptablesHost('nft', 'ipset'),
  iptablesHost('legacy', 'ipset'),
  ufwHost,
  firewalldHost,
];

/** Skips, and says what is missing: never a silent pass. */
export async function insist(manager: Pick<Manager, 'needs'>, skip: (why: string) => void): Promise<void> {
  for (const program of manager.needs) if ((await hostRunner.which(program)) === null) skip(`${program} not installed`);
}
