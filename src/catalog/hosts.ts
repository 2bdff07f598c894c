/**
 * Where an Agent has to get to. Sources: docs/reference/agent.md#legs, #other-destinations (the Agent's own README for
 * the three cloud names; the rest from the installer, the updater and the daemon).
 */
import type { Purpose } from '../model/target.js';

export interface CatalogHost {
  readonly host: string;
  readonly port: number;
  readonly purpose: Purpose;
  readonly required: boolean;
  /** One sentence that a network team understands. */
  readonly why: string;
  readonly source: string;
}

/** Base URL of the public cloud: the only hard-wired destination of an Agent. */
export const DEFAULT_BASE_URL = 'https://app.netdata.cloud';

/** Path prefix of the challenge and password calls at the documented auth host. */
export const DEFAULT_AUTH_PATH = '/api/v1/auth';

export const APP_HOST = 'app.netdata.cloud';
export const API_HOST = 'api.netdata.cloud';
export const MQTT_HOST = 'mqtt.netdata.cloud';

/** Hosts of base URLs that mean the public cloud: today's, and the one that Agents of 1.37 and 1.38 were built with (docs/reference/versions.md). */
export const PUBLIC_BASE_HOSTS: readonly string[] = [APP_HOST, API_HOST];

const readme = 'Agent documentation, ACLK allow-list';

export const CATALOG_HOSTS: readonly CatalogHost[] = [
  {
    host: APP_HOST,
    port: 443,
    purpose: 'claim',
    required: true,
    why: 'registers the server with Netdata Cloud and tells the Agent which endpoints to use',
    source: readme,
  },
  {
    host: API_HOST,
    port: 443,
    purpose: 'link',
    required: true,
    why: 'signs the Agent in (challenge and password)',
    source: readme,
  },
  {
    host: MQTT_HOST,
    port: 443,
    purpose: 'link',
    required: true,
    why: 'carries the permanent link (MQTT over WebSocket over TLS, one long-lived outbound connection)',
    source: readme,
  },
  {
    host: 'get.netdata.cloud',
    port: 443,
    purpose: 'install',
    required: false,
    why: 'serves the install script',
    source: 'install command',
  },
  {
    host: 'repository.netdata.cloud',
    port: 443,
    purpose: 'install',
    required: false,
    why: 'serves native packages',
    source: 'installer and updater',
  },
  {
    host: 'repo.netdata.cloud',
    port: 443,
    purpose: 'install',
    required: false,
    why: 'serves releases when a major version is requested',
    source: 'installer option --install-major-version',
  },
  {
    host: 'github.com',
    port: 443,
    purpose: 'install',
    required: false,
    why: 'serves static builds and checksums',
    source: 'installer, static and source builds',
  },
  {
    host: 'release-assets.githubusercontent.com',
    port: 443,
    purpose: 'install',
    required: false,
    why: 'serves the files that github.com redirects a download to',
    source: 'installer, redirect of GitHub releases',
  },
  {
    host: 'objects.githubusercontent.com',
    port: 443,
    purpose: 'install',
    required: false,
    why: 'served the files of GitHub releases before; older mirrors and caches still redirect there',
    source: 'installer, redirect of GitHub releases until 2025',
  },
  {
    host: 'github.com',
    port: 443,
    purpose: 'update',
    required: false,
    why: 'serves static builds and checksums',
    source: 'updater',
  },
  {
    host: 'release-assets.githubusercontent.com',
    port: 443,
    purpose: 'update',
    required: false,
    why: 'serves the files that github.com redirects a download to',
    source: 'updater, redirect of GitHub releases',
  },
  {
    host: 'objects.githubusercontent.com',
    port: 443,
    purpose: 'update',
    required: false,
    why: 'served the files of GitHub releases before; older mirrors and caches still redirect there',
    source: 'updater, redirect of GitHub releases until 2025',
  },
  {
    host: 'repository.netdata.cloud',
    port: 443,
    purpose: 'update',
    required: false,
    why: 'serves native packages',
    source: 'updater, native packages',
  },
  {
    host: 'raw.githubusercontent.com',
    port: 443,
    purpose: 'update',
    required: false,
    why: 'lets the updater update itself',
    source: 'updater',
  },
  {
    host: 'api.github.com',
    port: 443,
    purpose: 'update',
    required: false,
    why: 'tells the updater whether it is current',
    source: 'updater',
  },
  {
    host: 'agent-events.netdata.cloud',
    port: 443,
    purpose: 'telemetry',
    required: false,
    why: 'receives crash reports of the Agent',
    source: 'daemon, crash reports',
  },
  {
    host: 'us-east1-netdata-analytics-bi.cloudfunctions.net',
    port: 443,
    purpose: 'telemetry',
    required: false,
    why: 'receives installation telemetry',
    source: 'installer',
  },
];

/** Optional destinations chosen by purpose (`--for install,update,telemetry`); a host that serves several comes once. */
export function optionalHosts(purposes: readonly Purpose[]): readonly CatalogHost[] {
  return once(CATALOG_HOSTS.filter((entry) => !entry.required && purposes.includes(entry.purpose)));
}

function once(entries: readonly CatalogHost[]): readonly CatalogHost[] {
  const first = new Map<string, CatalogHost>();
  for (const entry of entries) {
    const key = `${entry.host}:${String(entry.port)}`;
    if (!first.has(key)) first.set(key, entry);
  }
  return [...first.values()];
}
