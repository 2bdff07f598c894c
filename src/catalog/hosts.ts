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
  /** YYYY-MM-DD of the oldest release or document found that names it for this; null = not known. */
  readonly firstSeen: string | null;
  /** YYYY-MM-DD of the newest one; null = not dated. */
  readonly lastConfirmed: string | null;
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

/** Releases of the Agent whose scripts and documents were read: the newest of them confirms what it still names. */
const NEWEST = '2026-04-27';

interface Named {
  readonly host: string;
  readonly why: string;
  readonly source: string;
  readonly firstSeen: string | null;
  readonly lastConfirmed?: string | null;
}

function required(purpose: Purpose, host: string, why: string): CatalogHost {
  const source = 'Agent documentation, ACLK allow-list';
  return { host, port: 443, purpose, required: true, why, source, firstSeen: '2020-04-01', lastConfirmed: NEWEST };
}

function optional(purpose: Purpose, rows: readonly Named[]): readonly CatalogHost[] {
  return rows.map((row) => ({ port: 443, purpose, required: false, lastConfirmed: NEWEST, ...row }));
}

/** What github.com redirects a download to; no document of the Agent names them. */
const assets = (who: string): readonly Named[] => [
  {
    host: 'release-assets.githubusercontent.com',
    why: 'serves the files that github.com redirects a download to',
    source: `${who}, redirect of GitHub releases`,
    firstSeen: null,
    lastConfirmed: null,
  },
  {
    host: 'objects.githubusercontent.com',
    why: 'served the files of GitHub releases before; older mirrors and caches still redirect there',
    source: `${who}, redirect of GitHub releases until 2025`,
    firstSeen: null,
    lastConfirmed: null,
  },
];

export const CATALOG_HOSTS: readonly CatalogHost[] = [
  required('claim', APP_HOST, 'registers the server with Netdata Cloud and tells the Agent which endpoints to use'),
  required('link', API_HOST, 'signs the Agent in (challenge and password)'),
  required(
    'link',
    MQTT_HOST,
    'carries the permanent link (MQTT over WebSocket over TLS, one long-lived outbound connection)',
  ),
  ...optional('install', [
    {
      host: 'get.netdata.cloud',
      why: 'serves the install script',
      source: 'install command',
      firstSeen: null,
      lastConfirmed: null,
    },
    {
      host: 'repository.netdata.cloud',
      why: 'serves native packages',
      source: 'installer, native packages (packaging/installer/kickstart.sh)',
      firstSeen: '2026-02-16',
    },
    {
      host: 'repo.netdata.cloud',
      why: 'serves releases when a major version is requested, and native packages of installers before 2.9.0',
      source: 'installer (packaging/installer/kickstart.sh)',
      firstSeen: '2023-02-06',
    },
    {
      host: 'github.com',
      why: 'serves static builds and checksums',
      source: 'installer, static and source builds',
      firstSeen: '2019-11-27',
    },
    ...assets('installer'),
    {
      host: 'raw.githubusercontent.com',
      why: 'serves the script that installs what a source build needs, and the uninstaller',
      source: 'installer, source builds (packaging/installer/kickstart.sh)',
      firstSeen: '2019-11-27',
    },
    {
      host: 'dl.fedoraproject.org',
      why: 'serves EPEL, which native packages need on RHEL and its kin',
      source: 'installer, native packages on RHEL (packaging/installer/kickstart.sh)',
      firstSeen: '2025-03-19',
    },
  ]),
  ...optional('update', [
    { host: 'github.com', why: 'serves static builds and checksums', source: 'updater', firstSeen: '2019-11-27' },
    ...assets('updater'),
    {
      host: 'repository.netdata.cloud',
      why: 'serves native packages',
      source: 'updater, native packages (packaging/installer/netdata-updater.sh)',
      firstSeen: '2026-02-16',
    },
    {
      host: 'raw.githubusercontent.com',
      why: 'lets the updater update itself',
      source: 'updater (packaging/installer/netdata-updater.sh)',
      firstSeen: '2021-03-31',
    },
    {
      host: 'api.github.com',
      why: 'tells the updater whether it is current',
      source: 'updater (packaging/installer/netdata-updater.sh)',
      firstSeen: '2019-11-27',
    },
  ]),
  ...optional('images', [
    {
      host: 'registry-1.docker.io',
      why: 'Docker Hub: tells which layers make up an image',
      source: 'packaging/docker/README.md; allow-list of the Docker documentation',
      firstSeen: '2019-11-27',
    },
    {
      host: 'auth.docker.io',
      why: 'Docker Hub: gives the token for a pull',
      source: 'allow-list of the Docker documentation',
      firstSeen: null,
      lastConfirmed: '2025-03-14',
    },
    {
      host: 'production.cloudflare.docker.com',
      why: 'Docker Hub: serves layers',
      source: 'allow-list of the Docker documentation',
      firstSeen: null,
      lastConfirmed: '2025-03-14',
    },
    {
      host: 'production.cloudfront.docker.com',
      why: 'Docker Hub: serves layers',
      source: 'allow-list of the Docker documentation',
      firstSeen: null,
      lastConfirmed: null,
    },
    {
      host: 'docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com',
      why: 'Docker Hub: serves layers to pulls without a login',
      source: 'allow-list of the Docker documentation',
      firstSeen: null,
      lastConfirmed: null,
    },
    {
      host: 'ghcr.io',
      why: "GitHub's registry: the same images",
      source: 'publishing workflow of the Agent (.github/workflows/docker.yml)',
      firstSeen: null,
    },
    {
      host: 'pkg-containers.githubusercontent.com',
      why: "GitHub's registry: serves layers",
      source: "redirect of GitHub's registry",
      firstSeen: null,
      lastConfirmed: null,
    },
    {
      host: 'quay.io',
      why: 'Quay: the same images',
      source: 'publishing workflow of the Agent (.github/workflows/docker.yml)',
      firstSeen: null,
    },
    ...['cdn.quay.io', 'cdn01.quay.io', 'cdn02.quay.io', 'cdn03.quay.io'].map((host) => ({
      host,
      why: 'Quay: serves layers',
      source: 'firewall page of the OpenShift documentation',
      firstSeen: null,
      lastConfirmed: '2022-07-21',
    })),
  ]),
  ...optional('telemetry', [
    {
      host: 'agent-events.netdata.cloud',
      why: 'receives crash reports of the Agent',
      source: 'daemon, crash reports',
      firstSeen: '2025-03-19',
    },
    {
      host: 'us-east1-netdata-analytics-bi.cloudfunctions.net',
      why: 'receives installation telemetry',
      source: 'installer (packaging/installer/kickstart.sh)',
      firstSeen: '2023-06-14',
    },
  ]),
];

/** Optional destinations chosen by purpose (`--for install,update,images,telemetry`); a host that serves several comes once. */
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
