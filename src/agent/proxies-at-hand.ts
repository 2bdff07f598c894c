/**
 * Proxies that this host knows of although the Agent does not use them: other settings, other environments, and
 * the package managers' proxies. They are alternatives to try and remedies to print.
 */
import type { ClaimSettings } from './claim-settings.js';
import { readProxyAsCurl } from './curl-proxy.js';
import { PROXY_VARIABLES } from './environment.js';
import type { Environment } from './proxy-choice.js';
import { sourceWords } from './proxy-choice.js';
import { readProxyAsLink } from './proxy-url.js';
import type { HostReader } from './reader.js';
import { routeOf } from './routes.js';
import type { RouteCandidate } from './routes.js';
import { fromFile } from './setting.js';
import type { Setting } from './setting.js';
import { parseEnvironmentFile } from './systemd-syntax.js';
import type { AgentRules } from './versions.js';

const MAX_BYTES = 64 * 1024;

/** A proxy value with a name for where it was found. */
export interface FoundProxy {
  readonly value: string;
  readonly where: string;
}

async function textOf(reader: HostReader, path: string): Promise<string> {
  const file = await reader.readFile(path, MAX_BYTES);
  return file.state === 'read' ? new TextDecoder().decode(file.bytes) : '';
}

/** Proxies of apt, dnf or yum and of /etc/environment. */
export async function hostProxies(reader: HostReader): Promise<readonly FoundProxy[]> {
  const fragments = ((await reader.readDir('/etc/apt/apt.conf.d')) ?? []).map((name) => `/etc/apt/apt.conf.d/${name}`);
  const apt = ['/etc/apt/apt.conf', ...fragments];
  const rpm = ['/etc/dnf/dnf.conf', '/etc/yum.conf'];
  const [environment, aptTexts, rpmTexts] = await Promise.all([
    textOf(reader, '/etc/environment'),
    Promise.all(apt.map(async (path) => textOf(reader, path))),
    Promise.all(rpm.map(async (path) => textOf(reader, path))),
  ]);
  const found: FoundProxy[] = [];
  for (const [name, value] of parseEnvironmentFile(environment)) {
    if (/^(https?|all)_proxy$/i.test(name)) found.push({ value, where: `/etc/environment ${name}` });
  }
  for (const [index, text] of aptTexts.entries()) {
    for (const match of text.matchAll(/^\s*Acquire::https?::proxy\s+"([^"]+)"/gim)) {
      found.push({ value: match[1] ?? '', where: apt[index] ?? '' });
    }
  }
  for (const [index, text] of rpmTexts.entries()) {
    const match = /^\s*proxy\s*=\s*(\S+)\s*$/m.exec(text);
    if (match !== null) found.push({ value: match[1] ?? '', where: rpm[index] ?? '' });
  }
  return found.filter(({ value }) => value !== '' && !/^(DIRECT|_none_|none)$/i.test(value));
}

function fromEnvironment(environment: Environment, whose: string): FoundProxy[] {
  return PROXY_VARIABLES.filter((name) => !/^no_proxy$/i.test(name)).flatMap((name) => {
    const value = environment.get(name);
    return value === undefined || value === '' ? [] : [{ value, where: `${name} of ${whose}` }];
  });
}

function fromSettings(settings: ClaimSettings): FoundProxy[] {
  const { files } = settings;
  const all: (Setting | null)[] = [
    settings.claim.proxy,
    settings.link.proxy,
    fromFile(files.netdataConf, 'cloud', 'proxy'),
    fromFile(files.cloudConf, 'global', 'proxy'),
    fromFile(files.claimConf, 'global', 'proxy'),
    ...settings.inputs.map(({ proxy }) => proxy),
  ];
  return all.flatMap((setting) =>
    setting === null || ['', 'env', 'none'].includes(setting.value)
      ? []
      : [{ value: setting.value, where: sourceWords(setting.source) }],
  );
}

/**
 * The reading that a person meant: the link's where it has one, else libcurl's, so that `proxy.example:3128` or
 * `HTTP://…` becomes the alternative it should have been.
 */
function candidate({ value, where }: FoundProxy, rules: AgentRules): RouteCandidate[] {
  const link = readProxyAsLink(value, rules);
  const reading = link.kind === 'proxy' && link.problems.length === 0 ? link : readProxyAsCurl(value.trim());
  if (reading.kind !== 'proxy') return [];
  // libcurl's default port is nobody's: a proxy without a port cannot be guessed.
  if (reading.portDefaulted) return [];
  return [{ ...routeOf(reading), origin: where }];
}

/** Everything at hand, nearest first. */
export function proxiesAtHand(
  settings: ClaimSettings,
  environments: readonly { readonly whose: string; readonly variables: Environment }[],
  host: readonly FoundProxy[],
  rules: AgentRules,
): readonly RouteCandidate[] {
  const found = [
    ...fromSettings(settings),
    ...environments.flatMap(({ variables, whose }) => fromEnvironment(variables, whose)),
    ...host,
  ];
  return found.flatMap((proxy) => candidate(proxy, rules));
}

/** Raw values, for redaction. */
export function rawProxyValues(
  settings: ClaimSettings,
  environments: readonly Environment[],
  host: readonly FoundProxy[],
): readonly string[] {
  return [
    ...fromSettings(settings),
    ...environments.flatMap((variables) => fromEnvironment(variables, '')),
    ...environments.flatMap((variables) => {
      const value = variables.get('NETDATA_CLAIM_PROXY');
      return value === undefined ? [] : [{ value, where: '' }];
    }),
    ...host,
  ].map(({ value }) => value);
}
