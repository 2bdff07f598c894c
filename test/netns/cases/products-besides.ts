/** What stops packets of a host and is no rule of its firewall; and rules of bridges and ARP. */
import { GATEWAY4, HOST4, MQTT4, RESOLVER4 } from '../harness/addresses.js';
import { fails, LINK, type LabCase } from '../harness/case.js';
import { must } from '../harness/exec.js';
import { found } from '../harness/judge.js';
import type { Lab } from '../harness/lab.js';
import { output, stops, UID } from './local-rules-kit.js';

type Ip = (lab: Lab) => Promise<void>;

const ip =
  (...commands: readonly string[]): Ip =>
  async (lab) => {
    for (const command of commands) await must('ip', ['-n', lab.ns.host, ...command.split(' ')]);
  };

/** The cause is this host's own, and its words name it. */
function names(
  id: string,
  title: string,
  also: Ip,
  cause: 'host.no_route' | 'host.local_firewall',
  what: RegExp,
  more: Partial<LabCase> = {},
): LabCase {
  return {
    id: `rules-b-${id}`,
    title,
    netdataUser: UID,
    also,
    expect: fails(cause),
    ...more,
    check({ report }) {
      const own = found(report?.findings ?? []).find((finding) => finding.id === cause);
      const said = `${String(own?.title)} ${String(own?.why)}`;
      const network = found(report?.findings ?? []).filter(
        ({ blames, confidence }) => blames === 'network' && confidence === 'certain',
      );
      return [
        ...(what.test(said) ? [] : [`said ${said}`]),
        ...network.map((finding) => `${finding.id} is certain against the network`),
      ];
    },
  };
}

/** ARP aside, so that what is dropped is the packet itself. */
async function knowsGateway(lab: Lab): Promise<void> {
  const { stdout } = await must('ip', ['-n', lab.ns.gateway, '-j', 'link', 'show', 'dev', 'lan0']);
  const [{ address = '' } = {}] = JSON.parse(stdout) as { readonly address?: string }[];
  for (const neighbour of [GATEWAY4, RESOLVER4])
    await must('ip', ['-n', lab.ns.host, 'neigh', 'replace', neighbour, 'lladdr', address, 'nud', 'permanent', 'dev', 'eth0']); // prettier-ignore
}

async function bridged(lab: Lab): Promise<void> {
  await ip(
    'link add br0 type bridge',
    'addr flush dev eth0',
    'link set eth0 master br0',
    `addr add ${HOST4}/24 dev br0`,
    'link set br0 up',
    `route add default via ${GATEWAY4}`,
  )(lab);
}

const bridgeRules = (rule: string): string =>
  `table bridge b {\n chain o { type filter hook output priority 0; policy accept; ${rule}; }\n}\n`;

export const besidesCases: readonly LabCase[] = [
  names(
    'rule-prohibit',
    'A rule of policy routing prohibits one address',
    ip(`rule add to ${MQTT4} prohibit`),
    'host.no_route',
    /ip rule .*prohibit/,
    { expect: fails('host.no_route', LINK) },
  ),
  names(
    'rule-unreachable',
    'A rule of policy routing makes the cloud unreachable',
    ip('rule add to 44.0.0.0/8 unreachable', 'rule add to 54.0.0.0/8 blackhole'),
    'host.no_route',
    /ip rule/,
  ),
  names(
    'rule-user',
    'A rule of policy routing for the user of the Agent',
    ip(`rule add uidrange ${String(UID)}-${String(UID)} prohibit`),
    'host.no_route',
    /ip rule .*uidrange/,
  ),
  names(
    'table-user',
    'A table for the user of the Agent that leads nowhere',
    ip('route add unreachable default table 99', `rule add uidrange ${String(UID)}-${String(UID)} lookup 99`),
    'host.no_route',
    /unreachable default/,
  ),
  names(
    'resolver-route',
    'The resolver is behind a route that refuses',
    ip(`route add prohibit ${RESOLVER4}/32`),
    'host.no_route',
    /resolver.*prohibit/,
  ),
  names(
    'ipsec-block',
    'A policy of IPsec blocks one address',
    ip(`xfrm policy add dir out src 0.0.0.0/0 dst ${MQTT4}/32 action block`),
    'host.local_firewall',
    /IPsec policy to 44\.196\.50\.41/,
    { expect: fails('host.local_firewall', LINK) },
  ),
  names(
    'full-queue',
    'The queue of the device drops everything',
    async (lab) => {
      await knowsGateway(lab);
      await lab.stubResolver({ listen: ['127.0.0.1'] });
      await must('ip', ['netns', 'exec', lab.ns.host, 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'pfifo', 'limit', '0']); // prettier-ignore
    },
    'host.local_firewall',
    /kernel of this host dropped every packet/,
    { resolvConf: 'nameserver 127.0.0.1\n' },
  ),
  names(
    'quota-spent',
    'A quota that is spent: the rule cannot be decided, the kernel says that it bites',
    () => Promise.resolve(),
    'host.local_firewall',
    /may stop it.*quota.*dropped every packet/,
    { rulesets: output('tcp dport 443 quota over 1 bytes drop') },
  ),
  {
    ...stops(
      'b-bridge',
      'Rules of the bridge that this host is on',
      { nft: bridgeRules(`ether type ip ip daddr ${MQTT4} tcp dport 443 drop`) },
      /bridge b o handle/,
      LINK,
    ),
    also: bridged,
    host: { v6: false },
  },
  {
    ...stops(
      'b-bridge-other',
      'Rules of the bridge for others',
      { nft: bridgeRules('ether type ip6 drop; ether type ip udp dport 443 drop') },
      /./,
    ),
    also: bridged,
    host: { v6: false },
    gateway: [`ip daddr ${MQTT4} tcp dport 443 drop`],
    expect: fails('tcp.egress_blocked', LINK, { orCause: ['tcp.dropped'] }),
    check: ({ report }) =>
      (report?.observations ?? []).flatMap((seen) =>
        seen.operation === 'read_local_firewall' ? seen.rules.map(({ where }) => `${where} is doubted`) : [],
      ),
  },
];
