/** Realistic reports, one for each kind of answer. Fixed clock and ids, so that goldens are stable. */
import type { AgentFacts, LegSettings, Source } from '../../src/model/agent.js';
import type { FindingId, FoundFinding, Subject } from '../../src/model/finding.js';
import type { Observation } from '../../src/model/observation.js';
import type { Prediction } from '../../src/model/prediction.js';
import type { Report } from '../../src/model/report.js';
import type { Leg, RouteEntry } from '../../src/model/route.js';
import type { LegVerdict, Verdict } from '../../src/model/verdict.js';
import { LEGS } from '../../src/model/route.js';

export const APP = 'app.netdata.cloud';
export const API = 'api.netdata.cloud';
export const MQTT = 'mqtt.netdata.cloud';
export const APP_ADDRESSES = ['54.198.178.11', '44.207.131.212', '44.196.50.41'] as const;
export const HOST_OF: Readonly<Record<Leg, string>> = { claim: APP, env: APP, auth: API, link: MQTT };
export const PATH_OF: Readonly<Record<Leg, string>> = {
  claim: '/api/v1/spaces/nodes/',
  env: '/api/v1/env',
  auth: '/api/v1/auth/node/00000000-0000-0000-0000-000000000000/challenge',
  link: '/mqtt',
};

const CATALOG: Source = { kind: 'catalog', name: 'catalog', line: null };
const DEFAULT: Source = { kind: 'default', name: 'default', line: null };

export const DIRECT: RouteEntry = { id: 'direct', route: { kind: 'direct' }, usedBy: LEGS, origin: 'no proxy is set' };

export function legSettings(leg: Leg, give: Partial<LegSettings> = {}): LegSettings {
  return {
    leg,
    host: HOST_OF[leg],
    port: 443,
    path: PATH_OF[leg],
    hostSource: CATALOG,
    routeId: 'direct',
    routeSource: DEFAULT,
    routeWhy: 'no proxy is set anywhere the Agent looks',
    trustStoreId: leg === 'claim' ? 'claim' : 'link',
    insecure: false,
    checksName: true,
    ...give,
  };
}

export function agentFacts(give: Partial<AgentFacts> = {}): AgentFacts {
  return {
    installation: {
      found: true,
      kind: 'native',
      binary: '/usr/sbin/netdata',
      configDir: '/etc/netdata',
      libDir: '/var/lib/netdata',
      cloudDir: '/var/lib/netdata/cloud.d',
    },
    version: { value: '2.11.1', source: 'installed' },
    process: { pid: 812, uid: 201, user: 'netdata', environmentReadable: true },
    claimed: false,
    environmentSource: 'daemon',
    settings: [
      {
        key: 'cloud.url',
        value: 'https://app.netdata.cloud',
        source: DEFAULT,
        claimReads: 'https://app.netdata.cloud',
        linkReads: 'app.netdata.cloud:443',
      },
      { key: 'link.proxy', value: null, source: DEFAULT, claimReads: null, linkReads: 'env: nothing set, direct' },
    ],
    legs: {
      claim: legSettings('claim'),
      env: legSettings('env'),
      auth: legSettings('auth'),
      link: legSettings('link'),
    },
    trustStores: [
      {
        id: 'link',
        title: 'OpenSSL default paths',
        paths: ['/etc/ssl/certs/ca-certificates.crt'],
        certificates: 142,
        problem: null,
        observation: null,
      },
      {
        id: 'claim',
        title: "libcurl's bundle",
        paths: ['/etc/ssl/certs/ca-certificates.crt'],
        certificates: 142,
        problem: null,
        observation: null,
      },
    ],
    facts: [],
    ...give,
  };
}

export function subject(give: Partial<Subject> = {}): Subject {
  return { hosts: [], addresses: [], legs: [], routeIds: [], families: [], resolvers: [], file: null, ...give };
}

export function finding(
  give: Partial<FoundFinding> & Pick<FoundFinding, 'id' | 'title' | 'why' | 'evidence'>,
): FoundFinding {
  return {
    outcome: 'found',
    severity: 'blocks',
    confidence: 'certain',
    subject: subject(),
    remedies: [],
    blames: 'network',
    hides: [],
    wouldTell: null,
    data: {},
    ...give,
  };
}

export function prediction(leg: Leg, evidence: readonly Observation[], give: Partial<Prediction> = {}): Prediction {
  return {
    leg,
    routeId: 'direct',
    outcome: 'will_work',
    stops: null,
    evidence: evidence.map((o) => o.id),
    rule: 'agent:leg.works',
    why: 'Every step succeeded.',
    agentWouldSay: { status: null, log: null },
    agentSeconds: 1,
    worksAtAttempt: 1,
    ...give,
  };
}

export function verdictOf(
  outcome: 'will_work' | 'will_fail' | 'at_risk',
  note: string,
  evidence: readonly Observation[],
  cause: FindingId | null = null,
): LegVerdict {
  const [first, ...rest] = evidence.map((o) => o.id);
  if (first === undefined) throw new Error('a verdict needs evidence');
  return { outcome, cause, note, evidence: [first, ...rest] };
}

export function unknownVerdict(note: string): LegVerdict {
  return { outcome: 'unknown', cause: null, note, evidence: [] };
}

export function combine(legs: Readonly<Record<Leg, LegVerdict>>, link: LegVerdict): Verdict {
  return { claim: legs.claim, link, legs };
}

/** A report with everything neutral; the kinds in sample-kinds.ts fill in what matters. */
export function baseReport(give: Partial<Report> & Pick<Report, 'observations' | 'verdict'>): Report {
  return {
    schema: 'netdata-egress/report',
    version: 1,
    tool: { name: 'netdata-egress', version: '0.1.0' },
    startedAt: '2026-08-30T12:00:03.417Z',
    durationMs: 214,
    interrupted: false,
    options: { url: null, proxy: null, controls: false },
    budgets: { runMs: 15_000, stepMs: 5_000 },
    environment: {
      hostname: 'web-17',
      platform: 'linux x64',
      kernel: '6.1.0-37-amd64',
      node: 'v20.20.2',
      uid: 0,
      user: 'root',
      networkNamespace: null,
    },
    agent: agentFacts(),
    targets: LEGS.map((leg) => ({
      id: `${leg}:${HOST_OF[leg]}:443`,
      host: HOST_OF[leg],
      port: 443,
      purpose: leg === 'claim' ? ('claim' as const) : ('link' as const),
      leg,
      required: true,
      source: 'catalog',
      path: PATH_OF[leg],
    })),
    routes: [DIRECT],
    addresses: APP_ADDRESSES.map((address) => ({
      host: APP,
      address,
      class: 'known' as const,
      knownSince: '2025-03-01',
      knownSource: 'learn.netdata.cloud',
    })),
    predictions: [],
    findings: [],
    notChecked: [],
    redaction: { mode: 'standard', removed: {} },
    exitCode: 0,
    ...give,
  };
}
