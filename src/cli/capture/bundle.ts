/**
 * A netdata-support-bundle (schema netdata-support-bundle/v1 of the Agent's own tool) as a capture: its configuration
 * files in their places, the Agent's own words, the end of its log, and what one curl to the cloud met.
 */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';
import { bundleFiles } from './bundle-files.js';
import type { Capture, Mark, Section, SectionName } from './format.js';

const SCHEMA = 'netdata-support-bundle/v1';
const MAX_LISTED = 5000;

interface Listed {
  readonly path: string;
  readonly origin: string;
}

/** Configuration files by the end of their path in the bundle. */
const CONFIGURATION = /^04-config\/(?:claim|netdata|cloud|stream)\.conf$/;

function section(
  name: SectionName,
  words: readonly string[],
  lines: Partial<Record<Mark, readonly string[]>> = {},
): Section {
  const none: Record<Mark, readonly string[]> = { '|': [], '!': [], '>': [], '=': [], '^': [] };
  return { name, words, rest: words.join(' '), lines: { ...none, ...lines } };
}

const linesOf = (text: string): readonly string[] => text.replace(/\n$/, '').split('\n');

/** Without the line that says where it comes from and the one that says how it ended. */
const printed = (text: string): readonly string[] =>
  linesOf(text).filter((line) => !/^# (?:netdata-support-bundle v|exit: )|^### TRUNCATED/.test(line));

/** @throws UsageError, one sentence */
export async function readBundle(path: string): Promise<Capture> {
  const files = await bundleFiles(path);
  const text = async (name: string): Promise<string | null> => (await files(name))?.toString('utf8') ?? null;
  const manifest = manifestOf(await text('MANIFEST.json'));
  const listed = listedIn(manifest);
  const sections: Section[] = [
    section('began', [typeof manifest['generated_utc'] === 'string' ? manifest['generated_utc'].slice(0, 40) : '-']),
    section('system', ['Linux', 'unknown', 'unknown']),
    section('me', ['-', '-']),
    section('environment', ['self']),
  ];
  const put = (at: string, contents: string): void => {
    const open = contents.endsWith('\n') ? 'whole' : 'open';
    sections.push(
      section('stat', ['file', String(contents.length), '0', '0', '644', '-', at]),
      section('file', ['read', open, at], { '|': linesOf(contents) }),
    );
  };
  for (const { path: name, origin } of listed) {
    if (!CONFIGURATION.test(name) || !origin.startsWith('/')) continue;
    const contents = await text(name);
    if (contents !== null) put(origin.replace(/ \(last .*$/, ''), contents);
  }
  const originOf = (name: string): string | null =>
    listed.find(({ path: one }) => one === name)?.origin.replace(/ \(last .*$/, '') ?? null;
  const configDir = originOf('04-config/netdata.conf')?.replace(/\/[^/]*$/, '') ?? '/etc/netdata';
  const cloudDir = originOf('04-config/cloud.conf')?.replace(/\/[^/]*$/, '') ?? libOf(configDir);
  const prefix = /^(\/.+)\/etc\/netdata$/.exec(configDir)?.[1] ?? '';
  const binary = prefix === '' ? '/usr/sbin/netdata' : `${prefix}/bin/netdata`;
  for (const directory of [configDir, cloudDir]) {
    sections.push(section('stat', ['directory', '0', '0', '0', '755', '-', directory]), section('dir', [directory]));
  }
  sections.push(section('stat', ['file', '0', '0', '0', '755', '-', binary]));
  const state = await text('06-state/cloud-state.txt');
  if (state !== null) {
    const id = /^== claimed_id ==\n([^\n]*)$/m.exec(state)?.[1] ?? '';
    if (/^[0-9a-f-]{32,36}$/i.test(id)) put(`${cloudDir}/claimed_id`, id);
    for (const name of ['private.pem', 'trusted.pem']) {
      const there = new RegExp(`^[-l].* ${name.replace('.', '\\.')}$`, 'm').test(state);
      // The listing leaves keys out where it was told to: only what it shows is known.
      if (there) sections.push(section('stat', ['file', '0', '0', '0', '644', '-', `${cloudDir}/${name}`]));
    }
  }
  // A bundle looks at no certificates: whether there are any is not known.
  for (const at of TRUST) sections.push(section('stat', ['denied', '-', '-', '-', '-', '-', at]));
  const resolv = await text('08-network/resolv-conf.txt');
  if (resolv !== null) put('/etc/resolv.conf', `${printed(resolv).join('\n')}\n`);
  await processIn(text, binary, sections);
  for (const [name, from] of [
    ['aclk-state', '07-runtime/aclk-state.json'],
    ['info-v3', '07-runtime/info-v3.json'],
    ['aclk', '07-runtime/aclk.json'],
  ] as const) {
    const document = await text(from);
    if (document !== null) sections.push(section('ran', [name, '0'], { '|': linesOf(document) }));
  }
  const version =
    versionIn(await text('07-runtime/info-v1.json')) ?? versionIn(await text('07-runtime/buildinfo.json'));
  if (version !== null) sections.push(section('ran', [`version:${binary}`, '0'], { '|': [`netdata v${version}`] }));
  for (const name of ['daemon.log', 'error.log', 'journal-namespace-netdata.txt', 'journal-netdata.txt']) {
    const log = await files(`05-logs/${name}`);
    // The end of it: an Agent that fails every few seconds has said what it says.
    if (log !== null)
      sections.push(section('ran', [`log:${name}`, '0'], { '|': linesOf(log.subarray(-LOG_BYTES).toString('utf8')) }));
  }
  sections.push(...curlIn(await text('08-network/cloud-connectivity.txt'), await text('08-network/proxy-env.txt')));
  sections.push(section('unchecked', ['the network, beyond one request by curl: a support bundle asks no more']));
  return sections;
}

/** Where the libraries look for certificates. */
const TRUST = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
  '/usr/lib/ssl/cert.pem',
  '/usr/lib/ssl/certs',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/tls/certs',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/opt/netdata/etc/ssl/cert.pem',
  '/opt/netdata/etc/ssl/certs',
];

const LOG_BYTES = 512 * 1024;

function manifestOf(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(text ?? '');
    if (typeof manifest === 'object' && manifest !== null && 'schema' in manifest && manifest.schema === SCHEMA)
      return manifest;
  } catch {
    // Falls through to the same complaint.
  }
  throw new UsageError(`--from-bundle: this is no netdata-support-bundle: it has no manifest of ${SCHEMA}`);
}

function listedIn({ files }: Readonly<Record<string, unknown>>): readonly Listed[] {
  if (!Array.isArray(files)) return [];
  return files.slice(0, MAX_LISTED).flatMap((entry: unknown): Listed[] => {
    if (typeof entry !== 'object' || entry === null || !('path' in entry) || !('origin' in entry)) return [];
    const { path, origin } = entry;
    return typeof path === 'string' && typeof origin === 'string' && !/[\n\0]/.test(path + origin)
      ? [{ path, origin }]
      : [];
  });
}

/** Where the state of an installation is whose settings are there. */
const libOf = (configDir: string): string => configDir.replace(/\/etc\/netdata$/, '/var/lib/netdata/cloud.d');

/** `"version":"v2.5.1"` of either document; nothing else of them is needed. */
function versionIn(text: string | null): string | null {
  return /"(?:version|netdata_version)"\s*:\s*"v?(\d+\.\d+[A-Za-z0-9.+~_-]{0,60})"/.exec(text ?? '')?.[1] ?? null;
}

async function processIn(
  text: (name: string) => Promise<string | null>,
  binary: string,
  sections: Section[],
): Promise<void> {
  const status = await text('03-process/proc-status.txt');
  const field = (name: string): string => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status ?? '')?.[1] ?? '-';
  const pid = field('Pid');
  if (status === null || pid === '-') return;
  // Root's own as far as anybody can tell from here: whose account a number is was not written down.
  const account = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? '-';
  const group = /^Gid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? '-';
  sections.push(
    section('user', ['netdata', account, group, group]),
    section('process', [pid, field('PPid'), account, group, '-', 'yes', 'yes', 'yes', binary]),
  );
  const environment = await text('03-process/process-environ.txt');
  if (environment === null || environment.includes('environ not readable')) return;
  sections.push(
    section('environment', [pid], {
      '|': printed(environment).filter((line) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(line)),
    }),
  );
}

/** What one `curl -sv https://app.netdata.cloud/` met, as far as it is the Agent's own way: without a proxy. */
function curlIn(said: string | null, proxies: string | null): readonly Section[] {
  const lines = printed(said ?? '');
  if (said === null || lines.length === 0) return [];
  const byProxy =
    lines.some((line) => line.startsWith('* Uses proxy')) || /^(?:https_proxy|all_proxy)=/im.test(proxies ?? '');
  if (byProxy) return [section('unchecked', ["what curl met: it went through this shell's proxy"])];
  const host = 'app.netdata.cloud';
  if (lines.some((line) => /^\* Could not resolve host: app\.netdata\.cloud$/.test(line)))
    return [section('resolve', [host, '0', '0', '2'])];
  const sections: Section[] = [];
  const addresses = new Set<string>();
  for (const line of lines) {
    const failed = /^\* connect to (\S+) port 443 (?:from \S+ port \d+ )?failed: (.+)$/.exec(line);
    const [, address = '', words = ''] = failed ?? [];
    if (isIP(address) === 0 || addresses.has(address)) continue;
    addresses.add(address);
    for (const leg of ['claim', 'env'])
      sections.push(
        section('conn', ['path', leg, host, '443', address, host, '-', '0', '-', '-', '-', '0', 'exit', '7'], {
          '!': [`* connect to ${address} port 443 failed: ${words}`],
        }),
      );
  }
  if (addresses.size > 0) sections.unshift(section('resolve', [host, '0', '0', '0'], { '|': [...addresses] }));
  else sections.push(section('unchecked', ['what curl met: its addresses are stand-ins, or it says nothing of them']));
  return sections;
}
