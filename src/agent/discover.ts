/**
 * Discovery: what the Agent on this host would use, each value with its source, and the in-memory companions
 * that probes need.
 */
import type { EffectiveSetting, LegSettings, Source } from '../model/agent.js';
import type { Observation } from '../model/observation.js';
import type { Discovery } from '../model/planned.js';
import type { Leg } from '../model/route.js';
import type { DiscoverOptions } from './discover-options.js';
import type { HostReader } from './reader.js';

export async function discover(_reader: HostReader, options: DiscoverOptions): Promise<Discovery> {
  await Promise.resolve();
  const url = new URL(options.url ?? options.defaultUrl);
  const port = url.port === '' ? 443 : Number(url.port);
  const hostSource: Source =
    options.url === undefined
      ? { kind: 'default', name: 'built-in base URL', line: null }
      : { kind: 'option', name: '--url', line: null };
  const documented: Source = { kind: 'catalog', name: 'documented hosts', line: null };
  const at = options.now();
  const observations: Observation[] = [
    {
      id: options.nextId('read_environment'),
      operation: 'read_environment',
      transactionId: 'host-1',
      targetId: null,
      leg: null,
      routeId: null,
      role: { kind: 'path' },
      address: null,
      t0Ms: at,
      tMs: options.now(),
      failure: null,
      source: 'self',
      variables: [],
    },
  ];
  const leg = (name: Leg, host: string, legPort: number, path: string, source: Source): LegSettings => ({
    leg: name,
    host,
    port: legPort,
    path,
    hostSource: source,
    routeId: 'direct',
    routeSource: { kind: 'default', name: 'no proxy set', line: null },
    routeWhy: 'no proxy is set',
    trustStoreId: 'mozilla',
    insecure: options.insecure ?? false,
    checksName: true,
  });
  const settings: EffectiveSetting[] = [
    {
      key: 'cloud.url',
      value: url.href,
      source: hostSource,
      claimReads: url.href,
      linkReads: `${url.hostname}:${String(port)}`,
    },
  ];
  const { auth, link } = options.documented;
  const mozilla = {
    id: 'mozilla',
    title: 'public roots',
    paths: [],
    certificates: options.mozillaRoots.length,
    problem: null,
    observation: null,
  };
  return {
    facts: {
      installation: {
        found: false,
        kind: null,
        binary: null,
        configDir: options.configDir ?? '/etc/netdata',
        libDir: options.libDir ?? '/var/lib/netdata',
        cloudDir: `${options.libDir ?? '/var/lib/netdata'}/cloud.d`,
      },
      version: {
        value: options.agentVersion ?? '2.11.0',
        source: options.agentVersion === undefined ? 'assumed_newest' : 'option',
      },
      process: null,
      claimed: null,
      environmentSource: 'self',
      settings,
      legs: {
        claim: leg('claim', url.hostname, port, url.pathname, hostSource),
        env: leg('env', url.hostname, port, '/api/v1/env', hostSource),
        auth: leg('auth', auth.host, auth.port, auth.path, documented),
        link: leg('link', link.host, link.port, link.path, documented),
      },
      trustStores: [mozilla],
      facts: [],
    },
    observations,
    routes: [
      {
        id: 'direct',
        route: { kind: 'direct' },
        usedBy: ['claim', 'env', 'auth', 'link'],
        origin: 'no proxy set',
        credentials: null,
      },
    ],
    trustStores: [{ facts: mozilla, certificates: options.mozillaRoots }],
    secrets: [],
  };
}
