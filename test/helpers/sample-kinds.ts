/** One report for each kind of answer the doctor gives. */
import type { Observation } from '../../src/model/observation.js';
import type { Report } from '../../src/model/report.js';
import type { Leg } from '../../src/model/route.js';
import type { LegVerdict } from '../../src/model/verdict.js';
import { Trail, certificate, failure } from './sample-observations.js';
import {
  API,
  APP,
  APP_ADDRESSES,
  HOST_OF,
  MQTT,
  PATH_OF,
  agentFacts,
  baseReport,
  combine,
  finding,
  legSettings,
  prediction,
  subject,
  unknownVerdict,
  verdictOf,
} from './sample-report.js';

const WORKS = 'proven by an answer of the service on this route';

/** The steps of one HTTP leg that works. */
function httpLeg(trail: Trail, leg: Exclude<Leg, 'link'>, addresses: readonly string[] = APP_ADDRESSES): Observation[] {
  const host = HOST_OF[leg];
  const first = addresses[0] ?? '54.198.178.11';
  return [
    trail.resolve(leg, host, addresses),
    ...addresses.map((address) => trail.connect(leg, host, address)),
    trail.tls(leg, host, first),
    trail.http(leg, host, first, PATH_OF[leg], 91, 61, leg === 'env' ? {} : { status: 404 }),
  ];
}

function linkLeg(trail: Trail, addresses: readonly string[] = APP_ADDRESSES): Observation[] {
  const first = addresses[0] ?? '54.198.178.11';
  return [
    trail.resolve('link', MQTT, addresses),
    ...addresses.map((address) => trail.connect('link', MQTT, address)),
    trail.tls('link', MQTT, first),
    trail.upgrade(MQTT, first),
    trail.mqtt(MQTT, first),
  ];
}

type HttpLegs = Record<'claim' | 'env' | 'auth', { seen: Observation[]; verdict: LegVerdict }>;

function workingHttpLegs(trail: Trail): HttpLegs {
  const leg = (name: 'claim' | 'env' | 'auth') => {
    const seen = httpLeg(trail, name);
    return { seen, verdict: verdictOf('will_work', WORKS, seen) };
  };
  return { claim: leg('claim'), env: leg('env'), auth: leg('auth') };
}

function httpPredictions(legs: HttpLegs) {
  return (['claim', 'env', 'auth'] as const).map((leg) => prediction(leg, legs[leg].seen));
}

export function healthy(): Report {
  const trail = new Trail();
  trail.hostNetwork();
  trail.readConfig('/etc/netdata/netdata.conf');
  const http = workingHttpLegs(trail);
  const seen = linkLeg(trail);
  const link = verdictOf('will_work', 'the broker answered a CONNECT with throw-away credentials', seen);
  return baseReport({
    observations: trail.observations,
    predictions: [...httpPredictions(http), prediction('link', seen)],
    verdict: combine({ claim: http.claim.verdict, env: http.env.verdict, auth: http.auth.verdict, link }, link),
  });
}

export function mqttDropped(): Report {
  const trail = new Trail();
  trail.hostNetwork();
  const http = workingHttpLegs(trail);
  const timeout = failure('connect', 'generic_timeout_error');
  const seen: Observation[] = [
    trail.resolve('link', MQTT, APP_ADDRESSES),
    ...APP_ADDRESSES.map((a) => trail.connect('link', MQTT, a, 14, 5000, { failure: timeout, localAddress: null })),
  ];
  const cause = finding({
    id: 'tcp.dropped',
    title: `Packets to ${MQTT} port 443 are dropped on the way`,
    why: `None of its 3 addresses answered a connection attempt within 5.0 s, while ${APP} answered from the same host in 24 ms.`,
    evidence: [seen[1]!.id, seen[2]!.id, seen[3]!.id],
    subject: subject({ hosts: [MQTT], addresses: APP_ADDRESSES, legs: ['link'], families: [4], routeIds: ['direct'] }),
    hides: ['ws.dropped'],
    remedies: [
      {
        who: 'network',
        text: `Allow outgoing TCP connections from this host to ${MQTT} port 443, by name where the firewall can.`,
        lines: [],
        command: 'netdata-egress rules nft',
        needsRestart: false,
      },
      {
        who: 'agent_config',
        text: 'Or let the Agent use a proxy that may reach it.',
        lines: [
          { file: '/var/lib/netdata/cloud.d/cloud.conf', text: '[global]\n    proxy = http://proxy.example:3128' },
        ],
        command: null,
        needsRestart: true,
      },
    ],
  });
  const folded = finding({
    id: 'ws.dropped',
    title: 'The link could not be upgraded',
    why: 'There was no connection to upgrade.',
    evidence: [seen[1]!.id],
  });
  const note = finding({
    id: 'agent.already_claimed',
    severity: 'notes',
    title: 'This Agent is not claimed yet',
    why: 'There is no claimed_id in the cloud directory.',
    evidence: ['read_host_network-1'],
    blames: 'agent_config',
  });
  const link = verdictOf('will_fail', `${MQTT}:443 never answers`, seen.slice(1), 'tcp.dropped');
  return baseReport({
    durationMs: 5230,
    observations: trail.observations,
    predictions: [
      ...httpPredictions(http),
      prediction('link', seen, {
        outcome: 'will_fail',
        stops: seen[1]!.id,
        rule: 'agent:tcp.timeout_ends_loop',
        why: 'The Agent stops at the first silent address.',
        agentWouldSay: { status: 'connect timed out', log: `ACLK: Failed to connect to ${MQTT}:443` },
        agentSeconds: 20,
        worksAtAttempt: null,
      }),
    ],
    findings: [cause, folded, note],
    verdict: combine({ claim: http.claim.verdict, env: http.env.verdict, auth: http.auth.verdict, link }, link),
    notChecked: ['the hold test: not asked for (--hold)'],
    exitCode: 1,
  });
}

/** Claiming fails by its own trust store, the link by a filter: neither explains the other. */
export function twoProblems(): Report {
  const base = mqttDropped();
  const tls = base.observations.find((o) => o.operation === 'tls_handshake' && o.leg === 'claim');
  if (tls?.operation !== 'tls_handshake') throw new Error('the sample has a handshake for claiming');
  const untrusted = { storeId: 'claim', trusted: false, errors: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY' as const] };
  const observations = base.observations.map((o) =>
    o === tls
      ? { ...tls, judgements: [...tls.judgements.filter((j) => j.storeId !== 'claim'), { ...untrusted, depth: 0 }] }
      : o,
  );
  const second = finding({
    id: 'agent.trust_split',
    title: 'Claiming trusts only what trusted.pem holds, and that is not the root of the cloud',
    why: '/var/lib/netdata/cloud.d/trusted.pem takes the place of the system store for claiming; the one certificate in it is of another authority. The link does not read that file.',
    evidence: [tls.id],
    blames: 'agent_config',
    subject: subject({ legs: ['claim'], hosts: [APP] }),
    remedies: [
      {
        who: 'agent_config',
        text: 'Take trusted.pem away, or add the roots that the cloud uses to it.',
        lines: [],
        command: 'sudo mv /var/lib/netdata/cloud.d/trusted.pem /root/',
        needsRestart: false,
      },
    ],
  });
  const claim = verdictOf('will_fail', 'the certificate is not trusted for claiming', [tls], 'agent.trust_split');
  return {
    ...base,
    observations,
    predictions: base.predictions.map((p) =>
      p.leg === 'claim'
        ? {
            ...p,
            outcome: 'will_fail',
            stops: tls.id,
            rule: 'agent:tls.untrusted',
            why: 'The certificate chain does not end in the trust store of this leg.',
            agentWouldSay: { status: 'SSL peer certificate was not OK', log: null },
            agentSeconds: 0.1,
            worksAtAttempt: null,
          }
        : p,
    ),
    findings: [...base.findings.slice(0, 2), second, ...base.findings.slice(2)],
    verdict: { ...base.verdict, claim, legs: { ...base.verdict.legs, claim } },
  };
}

export function nxdomain(): Report {
  const trail = new Trail();
  trail.hostNetwork();
  const gone = failure('resolve', 'dns_nxdomain_error', 'ENOTFOUND', 'getaddrinfo ENOTFOUND');
  const legs = (['claim', 'env', 'auth', 'link'] as const).map((leg) => {
    const seen = [trail.resolve(leg, HOST_OF[leg], [], 2, 8, { failure: gone })];
    return { leg, seen, verdict: verdictOf('will_fail', 'its name does not resolve', seen, 'dns.nxdomain') };
  });
  const queries = [APP, API, MQTT].map((name) =>
    trail.dnsQuery(name, 'NXDOMAIN', [], 2, { failure: failure('dns_query', 'dns_nxdomain_error', 'NXDOMAIN') }),
  );
  const cause = finding({
    id: 'dns.nxdomain',
    title: `The resolver 10.20.0.53 says that ${APP}, ${API} and ${MQTT} do not exist`,
    why: 'It answered NXDOMAIN to a direct question for each of the three names, and answered the control question for the root.',
    evidence: [queries[0]!.id, queries[1]!.id, queries[2]!.id],
    blames: 'dns',
    subject: subject({ hosts: [APP, API, MQTT], resolvers: ['10.20.0.53'] }),
    remedies: [
      {
        who: 'dns',
        text: 'Let 10.20.0.53 forward questions about netdata.cloud to the internet, or remove the zone that hides it.',
        lines: [
          {
            file: '/etc/unbound/unbound.conf',
            text: 'forward-zone:\n    name: "netdata.cloud"\n    forward-addr: 192.0.2.53',
          },
        ],
        command: null,
        needsRestart: false,
      },
    ],
  });
  const by = (leg: Leg) => legs.find((item) => item.leg === leg)!;
  return baseReport({
    durationMs: 35,
    observations: trail.observations,
    addresses: [],
    predictions: legs.map(({ leg, seen }) =>
      prediction(leg, seen, {
        outcome: 'will_fail',
        stops: seen[0]!.id,
        rule: 'agent:resolve.failed',
        why: 'No address, nothing to connect to.',
        agentWouldSay: { status: 'connect failed', log: leg === 'link' ? null : 'Could not resolve host' },
        agentSeconds: null,
        worksAtAttempt: null,
      }),
    ),
    findings: [
      cause,
      { outcome: 'not_checked', id: 'tls.intercepted', missing: ['tls_handshake'], because: 'no connection was made' },
    ],
    verdict: combine(
      { claim: by('claim').verdict, env: by('env').verdict, auth: by('auth').verdict, link: by('link').verdict },
      by('link').verdict,
    ),
    notChecked: ['the path beyond the resolver: published addresses were not tried (--controls)'],
    exitCode: 1,
  });
}

const INSPECTOR = 'CN=ACME Inspection CA, O=ACME Security, C=DE';

export function intercepted(): Report {
  const trail = new Trail();
  trail.hostNetwork();
  const untrusted = [
    { storeId: 'link', trusted: false, errors: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY' as const], depth: 0 },
    { storeId: 'claim', trusted: true, errors: [], depth: null },
  ];
  const chain = [certificate('CN=mqtt.netdata.cloud', INSPECTOR, { fingerprint256: 'c'.repeat(64) })];
  const address = '44.207.131.212';
  const claimSeen = [
    trail.resolve('claim', APP, [address]),
    trail.connect('claim', APP, address),
    trail.tls('claim', APP, address, 38, 52, { judgements: untrusted, chain }),
    trail.http('claim', APP, address, PATH_OF.claim, 91, 40, { status: 404 }),
  ];
  const legs = (['env', 'auth', 'link'] as const).map((leg) => {
    const seen: Observation[] = [
      trail.resolve(leg, HOST_OF[leg], [address]),
      trail.connect(leg, HOST_OF[leg], address),
      trail.tls(leg, HOST_OF[leg], address, 38, 52, { judgements: untrusted, chain }),
    ];
    return {
      leg,
      seen,
      verdict: verdictOf('will_fail', 'the Agent does not trust the certificate', seen, 'tls.intercepted'),
    };
  });
  const by = (leg: Leg) => legs.find((item) => item.leg === leg)!;
  const cause = finding({
    id: 'tls.intercepted',
    confidence: 'likely',
    title: 'Something on the way opens the TLS connections and presents certificates of its own',
    why: 'The chain ends at "ACME Inspection CA", which no public trust store holds, for all three names alike.',
    evidence: [by('link').seen[2]!.id, by('env').seen[2]!.id],
    blames: 'proxy',
    wouldTell: 'a look at an unrelated host (--controls)',
    hides: ['tls.untrusted_issuer'],
    remedies: [
      {
        who: 'proxy',
        text: 'Exempt app.netdata.cloud, api.netdata.cloud and mqtt.netdata.cloud from TLS inspection.',
        lines: [],
        command: null,
        needsRestart: false,
      },
      {
        who: 'host',
        text: "Or install the inspection CA where the link looks: the system's trust store.",
        lines: [],
        command: 'update-ca-certificates',
        needsRestart: true,
      },
    ],
    data: { vendor: null, issuer: INSPECTOR, acceptedBy: ['claim'] },
  });
  const risk = finding({
    id: 'agent.trust_split',
    severity: 'risks',
    title: 'The two legs use different trust stores: trusted.pem is read by claiming only',
    why: '/var/lib/netdata/cloud.d/trusted.pem holds the inspection CA; the link never reads that file.',
    evidence: [claimSeen[2]!.id],
    blames: 'agent_config',
  });
  return baseReport({
    durationMs: 320,
    observations: trail.observations,
    predictions: [
      prediction('claim', claimSeen),
      ...legs.map(({ leg, seen }) =>
        prediction(leg, seen, {
          outcome: 'will_fail',
          stops: seen[2]!.id,
          rule: 'agent:tls.untrusted',
          why: 'The certificate chain does not end in the trust store of this leg.',
          agentWouldSay: { status: 'SSL error', log: 'certificate verify failed' },
          agentSeconds: 1,
          worksAtAttempt: null,
        }),
      ),
    ],
    findings: [cause, risk],
    verdict: combine(
      {
        claim: verdictOf('will_work', 'claiming reads trusted.pem, which holds the inspection CA', claimSeen),
        env: by('env').verdict,
        auth: by('auth').verdict,
        link: by('link').verdict,
      },
      by('link').verdict,
    ),
    exitCode: 1,
  });
}

export const PROXY_ROUTE_ID = 'http_connect:proxy.corp.example:3128';

export function proxy407(): Report {
  const trail = new Trail();
  trail.hostNetwork();
  trail.readConfig('/var/lib/netdata/cloud.d/cloud.conf');
  const address = '10.20.0.80';
  const route = { routeId: PROXY_ROUTE_ID };
  const legs = (['claim', 'env', 'auth', 'link'] as const).map((leg) => {
    const host = HOST_OF[leg];
    const seen: Observation[] = [
      trail.resolve(leg, host, [address], 2, 3, { ...route, hostname: 'proxy.corp.example' }),
      trail.connect(leg, host, address, 6, 2, { ...route, host: 'proxy.corp.example', port: 3128, peer: 'proxy' }),
      trail.proxyConnect(leg, host, address, 9, 12, {
        ...route,
        status: 407,
        rawReply:
          'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nVia: 1.1 proxy.corp.example (squid/6.6)\r\n\r\n',
        headers: [
          ['Proxy-Authenticate', 'Negotiate'],
          ['Proxy-Authenticate', 'NTLM'],
          ['Via', '1.1 proxy.corp.example (squid/6.6)'],
        ],
        bodyExcerpt: '<html><title>ERROR: Cache Access Denied</title></html>',
        failure: failure('proxy_connect', 'proxy_authentication_required', '407'),
      }),
    ];
    const verdict = verdictOf('will_fail', 'the proxy demands authentication', seen, 'proxy.auth_scheme_unsupported');
    return { leg, seen, verdict };
  });
  const by = (leg: Leg) => legs.find((item) => item.leg === leg)!;
  const source = { kind: 'file' as const, name: '/var/lib/netdata/cloud.d/cloud.conf', line: 4 };
  const settings = (leg: Leg) =>
    legSettings(leg, { routeId: PROXY_ROUTE_ID, routeSource: source, routeWhy: 'cloud.conf names this proxy' });
  const cause = finding({
    id: 'proxy.auth_scheme_unsupported',
    title: 'The proxy proxy.corp.example:3128 offers only authentication that the Agent cannot do',
    why: 'It answered 407 to each CONNECT and offered Negotiate and NTLM; the Agent knows Basic only.',
    evidence: [by('link').seen[2]!.id, by('claim').seen[2]!.id],
    blames: 'proxy',
    subject: subject({
      legs: ['claim', 'env', 'auth', 'link'],
      routeIds: [PROXY_ROUTE_ID],
      file: { path: '/var/lib/netdata/cloud.d/cloud.conf', line: 4 },
    }),
    remedies: [
      {
        who: 'proxy',
        text: 'Let this host reach the three cloud names without authentication, or offer Basic to it.',
        lines: [
          { file: 'squid.conf', text: 'acl netdata dstdomain .netdata.cloud\nhttp_access allow CONNECT netdata' },
        ],
        command: 'netdata-egress rules squid',
        needsRestart: false,
      },
    ],
  });
  return baseReport({
    durationMs: 61,
    observations: trail.observations,
    addresses: [],
    agent: agentFacts({
      legs: { claim: settings('claim'), env: settings('env'), auth: settings('auth'), link: settings('link') },
    }),
    routes: [
      {
        id: PROXY_ROUTE_ID,
        route: { kind: 'http_connect', proxy: { host: 'proxy.corp.example', port: 3128, credentials: 'none' } },
        usedBy: ['claim', 'env', 'auth', 'link'],
        origin: 'cloud.conf [global] proxy',
      },
    ],
    predictions: legs.map(({ leg, seen }) =>
      prediction(leg, seen, {
        routeId: PROXY_ROUTE_ID,
        outcome: 'will_fail',
        stops: seen[2]!.id,
        rule: 'agent:proxy.status_not_200',
        why: 'The proxy did not open the tunnel.',
        agentWouldSay: { status: 'proxy negotiation failed', log: 'HTTP proxy returned 407' },
        agentSeconds: 1,
        worksAtAttempt: null,
      }),
    ),
    findings: [cause],
    verdict: combine(
      { claim: by('claim').verdict, env: by('env').verdict, auth: by('auth').verdict, link: by('link').verdict },
      by('link').verdict,
    ),
    exitCode: 1,
  });
}

export function interrupted(): Report {
  const trail = new Trail();
  trail.hostNetwork();
  const seen = [trail.resolve('claim', APP, APP_ADDRESSES)];
  const cut = trail.connect('claim', APP, '54.198.178.11', 14, 900, {
    failure: failure('connect', 'interrupted', 'ABORT_ERR'),
    localAddress: null,
  });
  const open = unknownVerdict('the run was interrupted before this was known');
  return baseReport({
    durationMs: 921,
    interrupted: true,
    observations: trail.observations,
    predictions: [
      prediction('claim', [...seen, cut], {
        outcome: 'unknown',
        rule: 'agent:evidence.missing',
        why: 'The run ended before the answer.',
        agentSeconds: null,
        worksAtAttempt: null,
      }),
    ],
    verdict: combine({ claim: open, env: open, auth: open, link: open }, open),
    notChecked: ['everything after the first connection: the run was interrupted'],
    exitCode: 130,
  });
}

/** Nothing is wrong, and three things are good to know. */
export function notes(): Report {
  const base = healthy();
  const seen = base.observations.filter((o) => o.operation === 'resolve');
  const [first, second] = seen;
  if (first === undefined || second === undefined) throw new Error('a healthy run resolves');
  return {
    ...base,
    findings: [
      finding({
        id: 'dns.address_new',
        severity: 'notes',
        title: `${APP} has an address that is in no published list`,
        why: '54.198.178.11 shows a valid certificate for the name, so it is the cloud; allowlists by address need it.',
        evidence: [first.id],
        remedies: [
          {
            who: 'network',
            text: 'Refresh allowlists by address from here.',
            lines: [],
            command: 'netdata-egress rules refresh',
            needsRestart: false,
          },
        ],
      }),
      finding({
        id: 'agent.already_claimed',
        severity: 'notes',
        title: 'This node is claimed already',
        why: 'cloud.d holds a claimed id and a key. Claiming again would make a second node of it.',
        evidence: [second.id],
        blames: 'agent_config',
      }),
      {
        outcome: 'not_checked',
        id: 'host.local_firewall',
        missing: ['read_local_firewall'],
        because: 'the rules of this host can be read by root only',
      },
    ],
    notChecked: ['the running Agent was not asked: its status needs netdatacli'],
    redaction: { mode: 'standard', removed: { proxy_password: 2, claimed_id: 1 } },
  };
}

/** The run ended by itself and still could not tell. */
export function undecided(): Report {
  const trail = new Trail();
  const network = trail.hostNetwork();
  const open = unknownVerdict('no observation shows what the Agent would meet on this route');
  return baseReport({
    durationMs: 15_003,
    observations: trail.observations,
    addresses: [],
    findings: [
      {
        outcome: 'not_checked',
        id: 'tcp.dropped',
        missing: ['connect'],
        because: 'no connection was tried before the time was up',
      },
    ],
    verdict: combine(
      { claim: open, env: open, auth: open, link: { ...open, evidence: [network.id] } },
      { ...open, evidence: [network.id] },
    ),
    notChecked: ['connections: the budget of 15 s was used up by name resolution'],
    exitCode: 3,
  });
}

/** 50 addresses in both families; half of them silent. */
export function fiftyAddresses(): Report {
  const trail = new Trail();
  const addresses = Array.from({ length: 50 }, (_, i) =>
    i % 2 === 0 ? `203.0.113.${i + 1}` : `2001:db8::${(i + 1).toString(16)}`,
  );
  const http = workingHttpLegs(trail);
  const seen: Observation[] = [trail.resolve('link', MQTT, addresses, 2, 14)];
  for (const [i, address] of addresses.entries()) {
    if (i % 2 === 1) {
      const timeout = failure('connect', 'generic_timeout_error');
      seen.push(
        trail.connect('link', MQTT, address, 17, 5000 + (i % 7), { failure: timeout, transactionId: `link-${i}` }),
      );
    } else {
      const t0 = 17 + i;
      seen.push(
        trail.connect('link', MQTT, address, t0, 20 + i, { transactionId: `link-${i}` }),
        trail.tls('link', MQTT, address, t0 + 20 + i, 45, { transactionId: `link-${i}` }),
        trail.upgrade(MQTT, address, t0 + 65 + i, 40, { transactionId: `link-${i}` }),
        trail.mqtt(MQTT, address, t0 + 105 + i, 30, { transactionId: `link-${i}` }),
      );
    }
  }
  const broken = finding({
    id: 'tcp.ipv6_broken',
    severity: 'risks',
    title: 'The name has IPv6 addresses, and IPv6 goes nowhere from here',
    why: 'None of 25 IPv6 addresses answered; all 25 IPv4 addresses did.',
    evidence: [seen[5]!.id],
    subject: subject({ hosts: [MQTT], families: [6], addresses: addresses.filter((a) => a.includes(':')) }),
    remedies: [
      {
        who: 'network',
        text: 'Route IPv6, or do not offer it to this host.',
        lines: [],
        command: null,
        needsRestart: false,
      },
    ],
    data: { secondsLost: 20 },
  });
  const link = verdictOf('at_risk', 'works after about 20 s lost to IPv6 at every start', seen, 'tcp.ipv6_broken');
  return baseReport({
    durationMs: 5120,
    observations: trail.observations,
    addresses: addresses.map((address) => ({
      host: MQTT,
      address,
      class: 'new_proven',
      knownSince: null,
      knownSource: null,
    })),
    predictions: [
      ...httpPredictions(http),
      prediction('link', seen, { outcome: 'at_risk', agentSeconds: 21, worksAtAttempt: 2 }),
    ],
    findings: [broken],
    verdict: combine({ claim: http.claim.verdict, env: http.env.verdict, auth: http.auth.verdict, link }, link),
    exitCode: 0,
  });
}

export const HOSTILE =
  '\u001b[31mred\u001b]0;title\u0007 \u202egnp.exe\u2066 <script>alert(1)</script><img src=x onerror=alert(2)> "\'`&|*_#[x](http://evil.example/) @everyone ]]> --> \u0000\u009b2J\r\nInjected: yes %s ${x} {{y}}';

/** Peers that try to be rendered: escape codes, markup, markdown, bidi, in every foreign field. */
export function hostile(): Report {
  const base = mqttDropped();
  const trail = new Trail();
  const evil = trail.tls('link', MQTT, '54.198.178.11', 40, 50, {
    id: 'tls_handshake-99',
    chain: [
      certificate(`CN=${HOSTILE}`, `O=${HOSTILE}, CN=${HOSTILE}`, { subjectAltName: HOSTILE, publicKey: HOSTILE }),
    ],
    rawFirstBytes: HOSTILE,
    cipher: HOSTILE,
    protocol: HOSTILE,
  });
  const page = trail.http('env', APP, '54.198.178.11', HOSTILE, 80, 20, {
    id: 'http_round_trip-99',
    rawHead: `HTTP/1.1 200 ${HOSTILE}\r\n\r\n`,
    rawBody: HOSTILE,
    headers: [['Server', HOSTILE]],
    failure: failure('http_round_trip', 'unknown_failure', HOSTILE, HOSTILE),
  });
  const upgrade = trail.upgrade(MQTT, '54.198.178.11', 90, 10, {
    id: 'websocket_upgrade-99',
    bodyExcerpt: HOSTILE,
    headers: [[HOSTILE, HOSTILE]],
    failure: failure('websocket_upgrade', 'websocket_upgrade_refused', HOSTILE, HOSTILE),
    acceptedByRfc: false,
  });
  return {
    ...base,
    environment: { ...base.environment, hostname: HOSTILE, user: HOSTILE },
    observations: [...base.observations, evil, page, upgrade],
    findings: base.findings.map((f) =>
      f.outcome === 'found'
        ? {
            ...f,
            title: `${f.title} ${HOSTILE}`,
            why: HOSTILE,
            subject: { ...f.subject, file: { path: HOSTILE, line: 3 } },
            remedies: f.remedies.map((r) => ({ ...r, text: HOSTILE, lines: [{ file: HOSTILE, text: HOSTILE }] })),
          }
        : f,
    ),
    notChecked: [HOSTILE],
    verdict: { ...base.verdict, link: { ...base.verdict.link, note: HOSTILE } },
  };
}

/** Name of each kind and its report. */
export const KINDS: Readonly<Record<string, () => Report>> = {
  healthy,
  'mqtt-dropped': mqttDropped,
  'two-problems': twoProblems,
  nxdomain,
  intercepted,
  'proxy-407': proxy407,
  interrupted,
  notes,
  undecided,
  'fifty-addresses': fiftyAddresses,
  hostile,
};
