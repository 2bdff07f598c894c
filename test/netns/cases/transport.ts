/** Packets: what happens between the SYN and the ClientHello, on the direct route. */
import * as at from '../harness/addresses.js';
import { fails, LINK, nothingCertain, silentOn, works, type LabCase } from '../harness/case.js';
import { NETDATA_UID } from '../harness/view.js';
import { sysctl } from '../harness/namespaces.js';

const mqttOnly = `ip daddr ${at.MQTT4} tcp dport 443`;
/** Two addresses for each name: the first one works or not, the second is its neighbour. */
const pairs = (order: 'good first' | 'bad first') => ({
  records: Object.fromEntries(
    at.NAMES.map((name, i) => {
      const good = at.NEW4[i] ?? '';
      const bad = at.NEW4[i + 3] ?? '';
      return [name, order === 'good first' ? [good, bad] : [bad, good]];
    }),
  ),
});
const badOnes = `ip daddr { ${at.NEW4.slice(3).join(', ')} } tcp dport 443`;

/** What a long way must not be taken for. */
const SIDE_FINDINGS = ['tcp.mtu_blackhole', 'tls.client_hello_size', 'tls.stalled', 'tls.sni_filtered'] as const;

export const transportCases: readonly LabCase[] = [
  {
    id: 'tcp-all-443-dropped',
    title: 'Every packet to port 443 vanishes',
    gateway: ['tcp dport 443 drop'],
    expect: fails('tcp.egress_blocked'),
  },
  {
    id: 'tcp-everything-dropped',
    title: 'Nothing leaves the site; the resolver inside answers',
    gateway: ['oifname "wan0" drop'],
    expect: fails('tcp.egress_blocked'),
  },
  {
    id: 'tcp-reset',
    title: 'The firewall answers SYNs to 443 with RST',
    gateway: ['tcp dport 443 reject with tcp reset'],
    expect: fails('tcp.reset', undefined, { orCause: ['tcp.egress_blocked'] }),
  },
  {
    id: 'tcp-reset-mqtt',
    title: 'RST for mqtt only',
    gateway: [`${mqttOnly} reject with tcp reset`],
    expect: fails('tcp.reset', LINK),
  },
  {
    id: 'tcp-reset-dual-names',
    title: 'RST over IPv4 where dual-stack names meet a host without IPv6',
    host: { v6: false },
    dns: { families: '46' },
    gateway: ['tcp dport 443 reject with tcp reset'],
    expect: fails('tcp.reset', undefined, { orCause: ['tcp.egress_blocked'] }),
  },
  {
    id: 'tcp-dropped-dual-names',
    title: 'Silence over IPv4 where dual-stack names meet a host without IPv6',
    host: { v6: false },
    dns: { families: '46' },
    gateway: ['tcp dport 443 drop'],
    expect: fails('tcp.egress_blocked', undefined, { orCause: ['tcp.dropped'] }),
  },
  {
    id: 'tcp-admin-prohibited',
    title: 'ICMP administratively prohibited',
    gateway: ['tcp dport 443 reject with icmpx type admin-prohibited'],
    expect: fails('tcp.prohibited'),
  },
  {
    id: 'tcp-host-unreachable',
    title: 'ICMP host unreachable',
    gateway: ['tcp dport 443 reject with icmpx type host-unreachable'],
    expect: fails('tcp.prohibited'),
  },
  {
    id: 'tcp-prohibited-mqtt',
    title: 'ICMP administratively prohibited for mqtt only',
    gateway: [`${mqttOnly} reject with icmp type admin-prohibited`],
    expect: fails('tcp.prohibited', LINK),
  },
  { id: 'tcp-no-route', title: 'No default route', host: { route4: false, v6: false }, expect: fails('host.no_route') },
  {
    id: 'tcp-no-route-both',
    title: 'Dual-stack names, no default route of either family',
    host: { route4: false, route6: false },
    dns: { families: '46' },
    expect: fails('host.no_route'),
  },
  {
    id: 'tcp-local-reject',
    title: 'The host’s own firewall rejects',
    local: ['tcp dport 443 reject'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'tcp-local-reset',
    title: 'The host’s own firewall resets',
    local: ['tcp dport 443 reject with tcp reset'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'tcp-local-drop',
    title: 'The host’s own firewall drops',
    local: ['tcp dport 443 drop'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'tcp-local-drop-mqtt',
    title: 'The host’s own firewall drops mqtt’s address',
    local: [`${mqttOnly} drop`],
    expect: fails('host.local_firewall', LINK),
  },
  {
    id: 'tcp-local-owner',
    title: 'The host’s own firewall drops what user netdata sends',
    netdataUser: true,
    local: [`meta skuid ${NETDATA_UID} tcp dport 443 drop`],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'tcp-local-owner-other',
    title: 'The host’s own firewall drops what another user sends',
    netdataUser: true,
    local: ['meta skuid 20999 tcp dport 443 drop'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'tcp-mqtt-dropped',
    title: 'Only mqtt’s address is dropped',
    gateway: [`${mqttOnly} drop`],
    expect: fails('tcp.dropped', LINK),
  },
  {
    id: 'tcp-app-dropped',
    title: 'Only app’s address is dropped',
    gateway: [`ip daddr ${at.APP4} tcp dport 443 drop`],
    expect: fails('tcp.dropped', ['claim', 'env']),
  },
  {
    id: 'tcp-first-address-silent',
    title: 'Each name’s first address is silent, the second works: curl is content, the Agent stops',
    dns: pairs('bad first'),
    gateway: [`${badOnes} drop`],
    // libcurl gives the first address half of its time, then takes the second.
    expect: fails('agent.first_address_blackholed', ['env', 'auth', 'link'], { orCause: ['tcp.some_addresses'] }),
  },
  {
    id: 'tcp-first-address-silent-mqtt',
    title: 'mqtt’s first address is silent, the second works',
    dns: { records: { [at.MQTT]: [at.NEW4[3] ?? '', at.NEW4[0] ?? ''] } },
    gateway: [`${badOnes} drop`],
    expect: fails('agent.first_address_blackholed', LINK, { orCause: ['tcp.some_addresses'] }),
  },
  {
    id: 'tcp-first-address-refused',
    title: 'Each name’s first address refuses, the second works',
    dns: pairs('bad first'),
    gateway: [`${badOnes} reject with tcp reset`],
    unusual: true,
    expect: works(['tcp.some_addresses']),
  },
  {
    id: 'tcp-second-address-silent',
    title: 'Each name’s second address is silent, the first works',
    dns: pairs('good first'),
    gateway: [`${badOnes} drop`],
    unusual: true,
    expect: works(['tcp.some_addresses']),
  },
  {
    id: 'tcp-v6-dropped',
    title: 'Dual stack, IPv6 vanishes: the link needs a second attempt',
    dns: { families: '46' },
    gateway: ['ip6 daddr 2600::/16 drop'],
    unusual: true,
    expect: works(['tcp.ipv6_broken']),
  },
  {
    id: 'tcp-v6-refused',
    title: 'Dual stack, IPv6 is rejected at once',
    dns: { families: '46' },
    gateway: ['ip6 daddr 2600::/16 reject with tcp reset'],
    unusual: true,
    expect: works(['tcp.ipv6_broken']),
  },
  {
    id: 'tcp-v6-only-names-v6-dropped',
    title: 'The names have IPv6 addresses only, and IPv6 vanishes',
    dns: { families: '6' },
    gateway: ['ip6 daddr 2600::/16 drop'],
    expect: fails('tcp.egress_blocked', undefined, {
      orCause: ['dns.ipv6_only_answer', 'tcp.ipv6_broken', 'tcp.dropped'],
    }),
  },
  {
    id: 'tcp-v6-only-names-v4-host',
    title: 'The names have IPv6 addresses only, the host has none',
    host: { v6: false },
    dns: { families: '6' },
    expect: fails('dns.ipv6_only_answer', undefined, { orCause: ['host.no_route'] }),
  },
  {
    id: 'tcp-v4-only-names-v6-host',
    title: 'The names have IPv4 addresses only, the host has IPv6 only',
    host: { v4: false },
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
    expect: fails('dns.ipv4_only_answer', undefined, { orCause: ['host.no_route'] }),
  },
  {
    id: 'tcp-v4-dropped',
    title: 'Dual stack, IPv4 vanishes, IPv6 works and comes first',
    dns: { families: '46' },
    gateway: ['ip daddr { 54.0.0.0/8, 44.0.0.0/8 } drop'],
    unusual: true,
    expect: works([], ['tcp.some_addresses']),
  },
  {
    id: 'tcp-v6-dropped-mqtt',
    title: 'Dual stack, IPv6 vanishes for mqtt only: the second attempt takes IPv4',
    dns: { families: '46' },
    gateway: [`ip6 daddr ${at.MQTT6} drop`],
    unusual: true,
    expect: works(['tcp.ipv6_broken']),
  },
  {
    id: 'tcp-v6-dropped-app-mqtt-v6-only',
    title: 'IPv6 vanishes for app only, and mqtt has nothing else: the time-out at app takes IPv6 away from mqtt, too',
    dns: { families: '46', records: { [at.MQTT]: [at.MQTT6] } },
    gateway: [`ip6 daddr ${at.APP6} drop`],
    expect: fails('tcp.ipv6_broken', LINK),
  },
  {
    id: 'tcp-v6-no-route',
    title: 'Dual-stack names, the host has an IPv6 address without a route',
    host: { route6: false },
    dns: { families: '46' },
    unusual: true,
    expect: works([], ['tcp.ipv6_broken']),
  },
  {
    id: 'tcp-local-policy-drop',
    title: 'The host’s own chain drops by policy and knows nothing of port 443',
    also: async (lab) => {
      await lab.nft(
        lab.ns.host,
        'table inet filter {\n chain output {\n type filter hook output priority 0; policy drop;\n oifname "lo" accept\n meta l4proto { tcp, udp } th dport 53 accept\n }\n}\n',
      );
    },
    expect: fails('host.local_firewall'),
  },
  {
    id: 'tcp-local-iptables',
    title: 'The host’s own iptables rejects with admin-prohibited',
    also: async (lab) => {
      const rule = ['-p', 'tcp', '--dport', '443', '-j', 'REJECT', '--reject-with', 'icmp-admin-prohibited'];
      await lab.onHost('iptables-nft', ['-w', '-A', 'OUTPUT', ...rule]);
    },
    expect: fails('host.local_firewall'),
  },
  {
    id: 'tcp-local-prohibit-route',
    title: 'A prohibit route for the cloud’s network in the host’s own routing table',
    also: async (lab) => {
      for (const net of ['54.0.0.0/8', '44.0.0.0/8']) await lab.onHost('ip', ['route', 'add', 'prohibit', net]);
    },
    expect: fails('host.no_route'),
  },
  {
    id: 'tcp-local-unreachable-route',
    title: 'An unreachable route for mqtt’s address in the host’s own routing table',
    also: async (lab) => {
      await lab.onHost('ip', ['route', 'add', 'unreachable', `${at.MQTT4}/32`]);
    },
    expect: fails('host.no_route', LINK),
  },
  {
    id: 'tcp-api-dropped',
    title: 'Only api’s address is dropped',
    gateway: [`ip daddr ${at.API4} tcp dport 443 drop`],
    expect: fails('tcp.dropped', ['auth']),
  },
  {
    id: 'tcp-rate-limited',
    title: 'The gateway lets four new connections a second through and drops the rest: SYNs are repeated',
    gateway: ['tcp dport 443 ct state new limit rate over 4/second burst 4 packets drop'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'tcp-connection-limit',
    title: 'The gateway resets whoever holds more than six connections; the Agent holds one',
    gateway: ['tcp dport 443 ct state new ct count over 6 reject with tcp reset'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'tcp-mtu-1280',
    title: 'A tunnel of 1280 bytes on the way, and the ICMP that says so arrives',
    also: async (lab) => {
      await lab.narrow(1280);
    },
    unusual: true,
    expect: works(),
  },
  {
    id: 'tcp-mtu-blackhole',
    title: 'Packets above 1200 bytes vanish in both directions, without ICMP',
    also: async (lab) => {
      await lab.smallPackets(1200);
    },
    expect: fails('tcp.mtu_blackhole', undefined, { orCause: ['tls.stalled'] }),
  },
  {
    id: 'tcp-slow',
    title: 'A link with some 200 ms of queueing delay',
    also: async (lab) => {
      await lab.slow();
    },
    unusual: true,
    expect: works(),
  },
  {
    id: 'tcp-far-away',
    title: 'Each way takes 300 ms, more or less: a satellite',
    also: (lab) => lab.delay(300, 60),
    unusual: true,
    expect: works(),
    check: silentOn(SIDE_FINDINGS),
  },
  {
    id: 'tcp-farther-away',
    title: 'A round trip takes 3 s: too long for the claim’s 5 s, not for the link',
    also: (lab) => lab.delay(1500, 100),
    unusual: true,
    expect: {
      claim: ['will_fail', 'at_risk', 'unknown'],
      link: 'will_work',
      legs: { claim: null, env: 'will_work', auth: 'will_work', link: 'will_work' },
      cause: 'tcp.slow_path',
      exit: [0, 1, 3],
    },
    check: silentOn(['tcp.mtu_blackhole', 'tls.client_hello_size', 'tls.sni_filtered', 'tls.stalled']),
  },
  {
    id: 'tcp-lossy',
    title: 'Every tenth packet is lost',
    gateway: ['numgen inc mod 10 == 7 drop'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'tcp-lossy-fifth',
    title: 'Every fifth packet is lost, at random',
    gateway: ['numgen random mod 100 < 20 drop'],
    unusual: true,
    // The claim gives up after 5 s for a connection; what comes of it is luck, and a silence proves nothing.
    expect: {
      ...works(
        [],
        ['tcp.dropped', 'tcp.some_addresses', 'tls.stalled', 'http.no_answer', 'ws.no_answer', 'mqtt.no_connack'],
      ),
      claim: null,
      link: ['will_work', 'at_risk', 'unknown'],
      legs: { claim: null, env: null, auth: null, link: null },
      exit: [0, 1, 3],
    },
    check: nothingCertain(
      'tcp.dropped',
      'tcp.mtu_blackhole',
      'tls.stalled',
      'tls.client_hello_size',
      'tls.sni_filtered',
    ),
  },
  {
    id: 'tcp-ephemeral-window',
    title: 'TCP timestamps and window scaling switched off by a cautious admin',
    also: async (lab) => {
      await sysctl(lab.ns.host, ['net.ipv4.tcp_timestamps=0', 'net.ipv4.tcp_window_scaling=0', 'net.ipv4.tcp_sack=0']);
    },
    unusual: true,
    expect: works(),
  },
];
