/**
 * Where each side looks for certificates (docs/reference/agent.md#claim-trust, #tls): libcurl's built-in bundle by
 * distribution, OpenSSL's default paths, and what replaces them.
 */
import { mayRead, type Account } from './account.js';
import type { Installed } from './installation.js';
import type { Environment } from './proxy-choice.js';
import type { HostReader } from './reader.js';
import type { AgentRules } from './versions.js';

export type TrustVariable = 'SSL_CERT_FILE' | 'SSL_CERT_DIR';

/** The claim's own CA file in cloud.d; unknown when it could not be looked for. */
export type OwnTrustFile = (
  { readonly state: 'none' } | { readonly state: 'unknown' } | { readonly state: 'file'; readonly path: string }
) & {
  /** One that is there, and that the Agent may not open. */
  readonly unreadable?: string;
};

async function present(reader: HostReader, paths: readonly string[]): Promise<string | null> {
  const stats = await Promise.all(paths.map(async (path) => reader.stat(path)));
  return paths[stats.findIndex((info) => info !== 'missing')] ?? null;
}

/** OPENSSLDIR of the library that the Agent uses; the first of these that exists is the distribution's. */
async function opensslDir(reader: HostReader, installed: Installed): Promise<string> {
  if (installed.staticPrefix !== null) return `${installed.staticPrefix}/etc/ssl`;
  // Debian and derivatives; Fedora, RHEL and derivatives; everybody else.
  return (await present(reader, ['/usr/lib/ssl', '/etc/pki/tls'])) ?? '/etc/ssl';
}

export interface Bundle {
  readonly file: string | null;
  readonly directory: string | null;
}

/** libcurl's built-in bundle file and directory. */
export async function curlDefaults(reader: HostReader, installed: Installed): Promise<Bundle> {
  if (installed.staticPrefix !== null) {
    return { file: `${installed.staticPrefix}/etc/ssl/certs/ca-certificates.crt`, directory: null };
  }
  return systemBundle(reader);
}

/** The bundle that programs of this distribution use. */
export async function systemBundle(reader: HostReader): Promise<Bundle> {
  if ((await reader.stat('/etc/pki/tls')) !== 'missing') {
    const candidates = ['/etc/pki/tls/certs/ca-bundle.crt', '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'];
    return { file: (await present(reader, candidates)) ?? candidates[0] ?? null, directory: null };
  }
  const bundle = await present(reader, ['/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/cert.pem']);
  // Only Debian and openSUSE build a directory into libcurl; openSUSE nothing else.
  const debian = (await reader.stat('/usr/lib/ssl')) !== 'missing';
  const suse = bundle === null && (await reader.stat('/var/lib/ca-certificates')) !== 'missing';
  if (suse) return { file: '/var/lib/ca-certificates/ca-bundle.pem', directory: '/etc/ssl/certs' };
  return { file: bundle ?? '/etc/ssl/certs/ca-certificates.crt', directory: debian ? '/etc/ssl/certs' : null };
}

export interface LinkPaths {
  readonly files: readonly string[];
  readonly directories: readonly string[];
  /** Halves that a variable replaces. */
  readonly replaced: readonly TrustVariable[];
}

/** OpenSSL's default verify paths; each variable replaces its half only. */
export async function linkPaths(
  reader: HostReader,
  installed: Installed,
  environment: Environment,
): Promise<LinkPaths> {
  const dir = await opensslDir(reader, installed);
  const file = environment.get('SSL_CERT_FILE');
  const directories = environment.get('SSL_CERT_DIR');
  const replaced: TrustVariable[] = [];
  if (file !== undefined) replaced.push('SSL_CERT_FILE');
  if (directories !== undefined) replaced.push('SSL_CERT_DIR');
  return {
    files: file === undefined ? [`${dir}/cert.pem`] : [file].filter((path) => path !== ''),
    directories: directories === undefined ? [`${dir}/certs`] : directories.split(':').filter((path) => path !== ''),
    replaced,
  };
}

/**
 * `trusted.pem` or `cloud_fullchain.pem`, the first that is there and that the Agent may open; the claim script of 1.x
 * knows the second one alone.
 */
export async function claimOwnFile(
  reader: HostReader,
  cloudDir: string,
  account: Account | null,
  { claimTrustsTrustedPem }: Pick<AgentRules, 'claimTrustsTrustedPem'>,
): Promise<OwnTrustFile> {
  let unreadable: Pick<OwnTrustFile, 'unreadable'> = {};
  const names = [...(claimTrustsTrustedPem ? ['trusted.pem'] : []), 'cloud_fullchain.pem'];
  for (const name of names) {
    const path = `${cloudDir}/${name}`;
    const info = await reader.stat(path);
    if (info === 'denied') return { state: 'unknown' };
    if (info === 'missing') continue;
    if (account === null || mayRead(info, account)) return { state: 'file', path, ...unreadable };
    unreadable = { unreadable: path };
  }
  return { state: 'none', ...unreadable };
}
