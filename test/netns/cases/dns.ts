/** Name resolution on the direct route. */
import * as at from '../harness/addresses.js';
import { fails, LINK, nothingCertain, works, type LabCase } from '../harness/case.js';

const second = at.RESOLVER4B;
const DEAD_RESOLVER = '198.51.100.53';
const both = `nameserver ${second}\nnameserver ${at.RESOLVER4}\n`;
const everyName = (how: 'nxdomain' | 'nodata' | 'servfail' | 'refused' | 'silent') => ({
  [at.APP]: how,
  [at.API]: how,
  [at.MQTT]: how,
});
/** The gateway answers a port that nobody listens on with ICMP port unreachable: a refused resolver. */
const refusedResolver = { none: true } as const;

export const dnsCases: readonly LabCase[] = [
  {
    id: 'dns-nxdomain',
    title: 'The resolver says that the three names do not exist',
    dns: { bad: everyName('nxdomain') },
    expect: fails('dns.nxdomain'),
  },
  {
    id: 'dns-nxdomain-mqtt',
    title: 'Only mqtt does not exist',
    dns: { bad: { [at.MQTT]: 'nxdomain' } },
    expect: fails('dns.nxdomain', LINK),
  },
  {
    id: 'dns-servfail',
    title: 'SERVFAIL for the three names',
    dns: { bad: everyName('servfail') },
    expect: fails('dns.servfail'),
  },
  {
    id: 'dns-refused',
    title: 'REFUSED for the three names',
    dns: { bad: everyName('refused') },
    expect: fails('dns.refused'),
  },
  {
    id: 'dns-refused-all',
    title: 'The resolver refuses this client altogether',
    dns: { bad: { '*': 'refused' } },
    expect: fails('dns.refused'),
  },
  {
    id: 'dns-nodata',
    title: 'The names exist without addresses',
    dns: { bad: everyName('nodata') },
    expect: fails('dns.no_data'),
  },
  {
    id: 'dns-silent-names',
    title: 'The resolver never answers for our names, but does for others',
    dns: { bad: everyName('silent') },
    expect: fails('dns.timeout'),
  },
  {
    id: 'dns-resolver-silent',
    title: 'Packets to the resolver vanish',
    resolvConf: `nameserver ${DEAD_RESOLVER}\n`,
    expect: fails('dns.resolver_unreachable'),
  },
  {
    id: 'dns-resolver-refused',
    title: 'Nothing listens on the resolver’s port',
    dns: refusedResolver,
    expect: fails('dns.resolver_unreachable'),
  },
  {
    id: 'dns-no-resolver',
    title: 'resolv.conf names no server',
    resolvConf: '# nothing here\n',
    expect: fails('host.no_resolver', undefined, { orCause: ['dns.resolver_unreachable'] }),
  },
  {
    id: 'dns-first-refused-second-fine',
    title: 'The first resolver is down (ICMP), the second answers',
    resolvConf: `nameserver ${second}\nnameserver ${at.RESOLVER4}\n`,
    unusual: true,
    expect: works([], ['dns.resolvers_disagree', 'dns.resolver_unreachable']),
  },
  {
    id: 'dns-first-silent-second-fine',
    title: 'The first resolver is silent, the second answers after 1 s',
    resolvConf: `nameserver ${DEAD_RESOLVER}\nnameserver ${at.RESOLVER4}\noptions timeout:1\n`,
    unusual: true,
    expect: works([], ['dns.resolvers_disagree', 'dns.resolver_unreachable']),
  },
  {
    id: 'dns-first-silent-default-timeout',
    title: 'The first resolver is silent for 5 s, which is all that the claim waits',
    resolvConf: `nameserver ${DEAD_RESOLVER}\nnameserver ${at.RESOLVER4}\n`,
    // libcurl's connect time-out of 5 s includes the look-up; ACLK's look-up has no limit of its own.
    expect: {
      claim: ['will_fail', 'at_risk'],
      link: 'will_work',
      legs: { claim: ['will_fail', 'at_risk'], env: 'will_work', auth: 'will_work', link: 'will_work' },
      cause: 'dns.resolver_unreachable',
      orCause: ['dns.resolvers_disagree'],
      exit: [0, 1],
    },
  },
  {
    id: 'dns-sinkhole-zero',
    title: 'A DNS filter answers 0.0.0.0',
    dns: { records: Object.fromEntries(at.NAMES.map((name) => [name, ['0.0.0.0']])) },
    expect: fails('dns.sinkhole'),
  },
  {
    id: 'dns-sinkhole-loopback-mqtt',
    title: 'A DNS filter answers 127.0.0.1 for mqtt only',
    dns: { records: { [at.MQTT]: ['127.0.0.1'] } },
    expect: fails('dns.sinkhole', LINK),
  },
  {
    id: 'dns-hosts-stale',
    title: 'The hosts file holds an address that is no more',
    hosts: at.NAMES.map((name) => `${at.DARK4} ${name}`),
    expect: fails('dns.hosts_override'),
  },
  {
    id: 'dns-hosts-stale-mqtt',
    title: 'The hosts file holds an old address of mqtt',
    hosts: [`${at.DARK4} ${at.MQTT}`],
    expect: fails('dns.hosts_override', LINK),
  },
  {
    id: 'dns-hosts-correct',
    title: 'The hosts file pins the right addresses',
    hosts: [`${at.APP4} ${at.APP}`, `${at.API4} ${at.API}`, `${at.MQTT4} ${at.MQTT}`],
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-split-horizon',
    title: 'Private addresses with genuine certificates (a forward proxy inside)',
    dns: { records: Object.fromEntries(at.NAMES.map((name) => [name, [at.PRIVATE4]])) },
    unusual: true,
    expect: works(['dns.private_answer']),
  },
  {
    id: 'dns-hijacked',
    title: 'Private addresses of a portal with a certificate of its own',
    dns: { records: Object.fromEntries(at.NAMES.map((name) => [name, [at.PORTAL4]])) },
    peer: [{ address: at.PORTAL4, behaviour: { certificate: 'portal' } }],
    expect: fails('dns.hijacked'),
  },
  {
    id: 'dns-hijacked-closed',
    title: 'A foreign address for mqtt, where nothing speaks TLS',
    dns: { records: { [at.MQTT]: [at.PORTAL4] } },
    peer: [{ address: at.PORTAL4, behaviour: { connection: 'plain_http' } }],
    expect: fails('dns.hijacked', LINK),
  },
  {
    id: 'dns-new-addresses',
    title: 'Addresses that no list knows, with genuine certificates',
    dns: { records: Object.fromEntries(at.NAMES.map((name, i) => [name, [at.NEW4[i] ?? '']])) },
    unusual: true,
    expect: works(['dns.address_new']),
  },
  {
    id: 'dns-cdn',
    title: 'A CNAME to a CDN with six rotating addresses',
    dns: {
      records: { 'edge.cdn.example': at.NEW4 },
      cnames: Object.fromEntries(at.NAMES.map((name) => [name, 'edge.cdn.example'])),
    },
    unusual: true,
    expect: works(['dns.address_new']),
  },
  {
    id: 'dns-resolver-v6',
    title: 'The only resolver has an IPv6 address',
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-tcp-only',
    title: 'UDP 53 is closed; resolv.conf asks over TCP (use-vc)',
    resolvConf: `nameserver ${at.RESOLVER4}\noptions use-vc\n`,
    local: ['udp dport 53 drop'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-udp-blocked',
    title: 'UDP 53 is closed and nobody told the host to use TCP',
    local: ['udp dport 53 drop'],
    expect: fails('dns.resolver_unreachable', undefined, { orCause: ['host.local_firewall'] }),
  },
  {
    id: 'dns-first-lies',
    title: 'The first resolver denies the names, the second knows them: the first answer counts',
    resolvConf: both,
    dns: { second: { bad: everyName('nxdomain') } },
    expect: fails('dns.resolvers_disagree', undefined, { orCause: ['dns.nxdomain'] }),
  },
  {
    id: 'dns-second-lies',
    title: 'The first resolver is right, the second denies the names and is never asked',
    resolvConf: `nameserver ${at.RESOLVER4}\nnameserver ${second}\n`,
    dns: { second: { bad: everyName('nxdomain') } },
    unusual: true,
    expect: works([], ['dns.resolvers_disagree']),
  },
  {
    id: 'dns-first-refuses',
    title: 'The first resolver refuses, so the second is asked',
    resolvConf: both,
    dns: { second: { bad: { '*': 'refused' } } },
    unusual: true,
    expect: works([], ['dns.resolvers_disagree']),
  },
  {
    id: 'dns-first-servfail',
    title: 'The first resolver fails (SERVFAIL), so the second is asked',
    resolvConf: both,
    dns: { second: { bad: everyName('servfail') } },
    unusual: true,
    expect: works([], ['dns.resolvers_disagree', 'dns.servfail']),
  },
  {
    id: 'dns-ndots',
    title: 'Search domains and ndots:5, as in Kubernetes',
    resolvConf: `nameserver ${at.RESOLVER4}\nsearch default.svc.cluster.local svc.cluster.local corp.example\noptions ndots:5\n`,
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-search-wildcard',
    title: 'ndots:5 and a wildcard in the search domain: the name is found inside first',
    resolvConf: `nameserver ${at.RESOLVER4}\nsearch corp.example\noptions ndots:5\n`,
    dns: { records: Object.fromEntries(at.NAMES.map((name) => [`${name}.corp.example`, [at.PORTAL4]])) },
    peer: [{ address: at.PORTAL4, behaviour: { certificate: 'portal' } }],
    expect: fails('dns.hijacked', undefined, { orCause: ['dns.resolvers_disagree', 'dns.hosts_override'] }),
  },
  {
    id: 'dns-nsswitch-files',
    title: 'nsswitch.conf asks files only, no resolver',
    nsswitch: 'files',
    expect: fails('host.no_resolver', undefined, { orCause: ['dns.resolvers_disagree', 'dns.hosts_override'] }),
  },
  {
    id: 'dns-hosts-zero',
    title: 'An ad blocker’s hosts file sends mqtt to 0.0.0.0',
    hosts: [`0.0.0.0 ${at.MQTT}`],
    expect: fails('dns.hosts_override', LINK, { orCause: ['dns.sinkhole'] }),
  },
  {
    id: 'dns-aaaa-zero',
    title: 'A DNS filter answers :: for IPv6 and the truth for IPv4: one refused address, then the right one',
    dns: {
      records: Object.fromEntries(at.NAMES.map((name, i) => [name, ['::', [at.APP4, at.API4, at.MQTT4][i] ?? '']])),
    },
    unusual: true,
    expect: works([], ['dns.sinkhole', 'tcp.ipv6_broken', 'tcp.some_addresses']),
  },
  {
    id: 'dns-slow',
    title: 'Every answer of the resolver takes 1.5 s',
    dns: { odd: 'slow' },
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-slow-6s',
    title: 'The resolver takes 6 s for a name that it does not know yet: one try of the claim is lost, the link waits',
    dns: { odd: 'slow_at_first' },
    unusual: true,
    expect: {
      ...works([], ['dns.timeout']),
      claim: ['will_work', 'at_risk'],
      legs: { claim: ['will_work', 'at_risk'], env: 'will_work', auth: 'will_work', link: 'will_work' },
    },
    check: nothingCertain('dns.timeout', 'dns.resolver_unreachable'),
  },
  {
    id: 'dns-slow-6s-patient',
    title: 'The same with --patient',
    dns: { odd: 'slow_at_first' },
    args: ['--patient'],
    unusual: true,
    expect: works([], ['dns.timeout']),
  },
  {
    id: 'dns-lossy',
    title: 'Every fifth query to the resolver is lost on the way',
    also: async (lab) => {
      const chain = 'chain in {\n type filter hook input priority 0;\n udp dport 53 numgen inc mod 5 == 3 drop\n }';
      await lab.nft(lab.ns.gateway, `table inet losses {\n ${chain}\n}\n`);
    },
    unusual: true,
    expect: {
      ...works([], ['dns.timeout', 'dns.resolver_unreachable']),
      claim: ['will_work', 'at_risk'],
      legs: { claim: ['will_work', 'at_risk'], env: 'will_work', auth: 'will_work', link: 'will_work' },
    },
  },
  {
    id: 'dns-truncates',
    title: 'The resolver truncates every UDP answer, TCP has it all',
    dns: { odd: 'truncates' },
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-truncates-no-tcp',
    title: 'The resolver truncates every UDP answer, and TCP 53 is closed: it did answer, and nobody gets an address',
    dns: { odd: 'truncates' },
    also: async (lab) => {
      const chain = 'chain in {\n type filter hook input priority 0;\n tcp dport 53 drop\n }';
      await lab.nft(lab.ns.gateway, `table inet notcp {\n ${chain}\n}\n`);
    },
    expect: {
      claim: ['will_fail', 'unknown'],
      link: ['will_fail', 'unknown'],
      legs: { claim: null, env: null, auth: null, link: null },
      cause: 'dns.timeout',
      orCause: ['dns.resolver_unreachable'],
      exit: [1, 3],
    },
    check: ({ report }) =>
      JSON.stringify(report?.findings ?? []).includes('nothing came back over UDP')
        ? ['says that nothing came back over UDP']
        : [],
  },
  {
    id: 'dns-first-query-lost',
    title: 'The first three queries are lost on the way, and no other',
    also: async (lab) => {
      const chain =
        'chain in {\n type filter hook input priority 0;\n udp dport 53 limit rate 1/hour burst 3 packets drop\n }';
      await lab.nft(lab.ns.gateway, `table inet losses {\n ${chain}\n}\n`);
    },
    unusual: true,
    expect: {
      ...works([], ['dns.timeout', 'dns.resolver_unreachable']),
      claim: ['will_work', 'at_risk'],
      legs: { claim: ['will_work', 'at_risk'], env: 'will_work', auth: 'will_work', link: 'will_work' },
    },
    check: nothingCertain('dns.timeout', 'dns.resolver_unreachable'),
  },
  {
    id: 'dns-aaaa-silent',
    title: 'The resolver never answers questions for IPv6: look-ups take longer than the claim waits',
    dns: { odd: 'aaaa_silent' },
    expect: {
      claim: ['will_fail', 'at_risk'],
      link: 'will_work',
      legs: { claim: ['will_fail', 'at_risk'], env: 'will_work', auth: 'will_work', link: 'will_work' },
      cause: 'dns.timeout',
      orCause: ['dns.resolver_unreachable', 'dns.servfail'],
      exit: [0, 1],
    },
  },
  {
    id: 'dns-aaaa-servfail',
    title: 'The resolver fails (SERVFAIL) on questions for IPv6 only',
    dns: { odd: 'aaaa_servfail' },
    unusual: true,
    expect: works([], ['dns.servfail']),
  },
  {
    id: 'dns-aaaa-nxdomain',
    title: 'A load balancer’s resolver denies the name when asked for IPv6',
    dns: { odd: 'aaaa_nxdomain' },
    unusual: true,
    expect: works([], ['dns.nxdomain']),
  },
  {
    id: 'dns-nat64',
    title: 'A host with IPv6 only behind DNS64 and NAT64',
    host: { v4: false },
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
    dns: { records: Object.fromEntries(at.NAMES.map((name, i) => [name, [at.NAT64[i] ?? '']])) },
    unusual: true,
    expect: works(),
  },
  {
    id: 'dns-api-refused',
    title: 'REFUSED for api only',
    dns: { bad: { [at.API]: 'refused' } },
    expect: fails('dns.refused', ['auth']),
  },
  {
    id: 'dns-servfail-mqtt-silent-api',
    title: 'Two causes: SERVFAIL for mqtt, silence for api',
    dns: { bad: { [at.MQTT]: 'servfail', [at.API]: 'silent' } },
    expect: fails('dns.servfail', ['auth', 'link'], {
      orCause: ['dns.timeout'],
      also: ['dns.timeout', 'dns.servfail'],
    }),
  },
];
