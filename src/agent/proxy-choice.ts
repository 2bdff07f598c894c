/**
 * Which proxy each side takes, and why: the claim by libcurl's rules (docs/reference/agent.md#claim-proxy), the other
 * legs by their own (docs/reference/agent.md#link-proxy-choice). Pure. Reasons are in our words and hold no part of a
 * value.
 */
import type { Source } from '../model/agent.js';
import type { ClaimTool } from './claim-tool.js';
import { readProxyAsCurl } from './curl-proxy.js';
import { coveringItem } from './no-proxy.js';
import type { ProxyProblem, ProxyReading } from './proxy-reading.js';
import { readProxyAsLink } from './proxy-url.js';
import type { AgentRules } from './versions.js';

/** A `proxy` setting as a file, an option or a default gives it. */
export interface ProxySetting {
  readonly value: string;
  readonly source: Source;
}

export interface ProxyChoice {
  readonly reading: ProxyReading;
  /** Where the value in effect comes from: the setting itself or the environment variable it points to. */
  readonly source: Source;
  /** One sentence. */
  readonly why: string;
  /** The raw value in effect; null when there is none. Holds secrets. */
  readonly raw: string | null;
  /** The environment variable that decided, or null. */
  readonly variable: string | null;
  /** Set where the value ends the link for good when the Agent starts: a SOCKS proxy in a file, before 2.10.0. */
  readonly endsLink?: true;
  /** The variable and item that took the host out of the proxy's reach, or null. */
  readonly bypass: { readonly variable: string; readonly item: string } | null;
}

export type Environment = ReadonlyMap<string, string>;

const DIRECT: ProxyReading = { kind: 'direct', meant: true, problems: [] };

const variableSource = (name: string): Source => ({ kind: 'environment', name, line: null });

function firstSet(environment: Environment, names: readonly string[]): { name: string; value: string } | null {
  for (const name of names) {
    const value = environment.get(name);
    if (value !== undefined && value !== '') return { name, value };
  }
  return null;
}

const WORDS: Readonly<Record<ProxyProblem, string>> = {
  scheme_unsupported: 'its scheme is not understood',
  scheme_missing: 'it has no scheme',
  socks_not_in_this_version: 'this version cannot use SOCKS proxies',
  leading_space: 'it begins with a space',
  port_missing: 'it names no port',
  port_unusable: 'its port is no port number',
  login_in_host: 'this version cannot log in to a proxy: the login becomes part of the host name',
  slash_in_host: 'the slash stays in the host name',
  ipv6_literal_cut: 'an IPv6 address is cut at its first colon',
  at_sign_in_password: 'the login ends at the first @',
  no_host: 'it names no host',
  bad_host: 'its host holds characters that are not allowed',
  no_password_separator: 'the login has no colon, so none is sent',
  empty_user: 'the user name is empty, so no login is sent',
  credentials_not_decoded: 'percent-encoding in the login is sent as it stands',
  credentials_truncated: 'the login is cut at a % that is no percent-encoding',
  credentials_too_long: 'the login is longer than can be sent to a proxy',
  plus_became_space: 'a + in the login becomes a space',
  control_character: 'the login decodes to a control character',
};

/** What a problem means, for a sentence. */
export function problemWords(problem: ProxyProblem): string {
  return WORDS[problem];
}

function because(reading: ProxyReading, name: string, side: 'claim' | 'link'): string {
  const words = reading.problems.map((problem) => WORDS[problem]).join('; ');
  if (reading.kind === 'direct') return `the ${side} connects directly: ${words || 'no proxy is set'} (${name})`;
  if (reading.kind === 'unusable') return `the ${side} cannot use the proxy of ${name}: ${words}`;
  return words === '' ? `proxy from ${name}` : `proxy from ${name}; ${words}`;
}

/** How a source is called in a sentence. */
export function sourceWords(source: Source): string {
  if (source.kind === 'environment') return `environment variable ${source.name}`;
  return source.line === null ? source.name : `${source.name}:${String(source.line)}`;
}

/** Variables that libcurl asks for a URL of this scheme, in its order; the first non-empty one counts. */
export function claimVariables(scheme: 'http' | 'https'): readonly string[] {
  return scheme === 'https'
    ? ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
    : ['http_proxy', 'all_proxy', 'ALL_PROXY'];
}

export interface ClaimTarget {
  readonly host: string;
  readonly tls: boolean;
}

function withoutProxy({ source }: ProxySetting, why: string): ProxyChoice {
  return { reading: DIRECT, source, why, raw: null, variable: null, bypass: null };
}

/**
 * The claim's proxy for a target.
 *
 * @param tool what connects: libcurl, or for the claim script of 1.x on a host without curl, wget
 */
export function chooseClaimProxy(
  setting: ProxySetting,
  environment: Environment,
  target: ClaimTarget,
  tool: ClaimTool = 'curl',
): ProxyChoice {
  return tool === 'wget' ? ofWget(setting, environment, target) : ofCurl(setting, environment, target);
}

/** The script hands a proxy to wget as `http_proxy`, which counts for no https URL; wget reads lower case only. */
function ofWget({ value, source }: ProxySetting, environment: Environment, target: ClaimTarget): ProxyChoice {
  if (value === '' || value === 'none') return ofCurl({ value, source }, environment, target);
  const name = target.tls ? 'https_proxy' : 'http_proxy';
  const isNamed = value !== 'env';
  const names = isNamed && !target.tls ? [] : [name, 'no_proxy'];
  const read = new Map([...environment].filter(([variable]) => names.includes(variable)));
  const choice = ofCurl({ value: isNamed && !target.tls ? value : 'env', source }, read, target);
  if (choice.reading.kind === 'proxy' && choice.reading.protocol !== 'http') {
    const reading = { kind: 'unusable', problems: ['scheme_unsupported'] } as const;
    return {
      ...choice,
      reading,
      why: 'wget, which the claim script takes where curl is missing, knows HTTP proxies only',
    };
  }
  if (!isNamed || choice.reading.kind === 'proxy') return choice;
  return {
    ...choice,
    why: `the claim connects directly: without curl the claim script takes wget, and hands it no proxy for https (set ${name}, or install curl)`,
  };
}

function ofCurl(setting: ProxySetting, environment: Environment, target: ClaimTarget): ProxyChoice {
  const none = (why: string): ProxyChoice => withoutProxy(setting, why);
  if (setting.value === '' || setting.value === 'none')
    return none('the proxy setting says none; variables are ignored too');
  let { value, source } = setting;
  let variable: string | null = null;
  if (value === 'env') {
    const names = claimVariables(target.tls ? 'https' : 'http');
    const found = firstSet(environment, names);
    if (found === null) return none(`no proxy is set: ${names.join(', ')} are empty`);
    ({ value, name: variable } = found);
    source = variableSource(found.name);
  }
  const excluded = firstSet(environment, ['no_proxy', 'NO_PROXY']);
  const item = excluded === null ? null : coveringItem(excluded.value, target.host);
  if (excluded !== null && item !== null) {
    const why = `${excluded.name} covers ${target.host}, so the claim connects directly although a proxy is set`;
    return { reading: DIRECT, source, why, raw: value, variable, bypass: { variable: excluded.name, item } };
  }
  const reading = readProxyAsCurl(value);
  return { reading, source, why: because(reading, sourceWords(source), 'claim'), raw: value, variable, bypass: null };
}

type LinkRules = Pick<
  AgentRules,
  | 'linkUsesSocks'
  | 'linkDecodesProxyCredentials'
  | 'linkReadsHttpsProxy'
  | 'linkSendsLogin'
  | 'cutsProxyAtSlash'
  | 'emptyUserSendsLogin'
>;

/** Variables that the link asks, in its order: lower case only. */
export function linkVariables(rules: Pick<AgentRules, 'linkReadsHttpsProxy'>): readonly string[] {
  return rules.linkReadsHttpsProxy ? ['http_proxy', 'https_proxy'] : ['http_proxy'];
}

/** The proxy of the legs env, auth and link: one for all of them, whatever the host. */
export function chooseLinkProxy(setting: ProxySetting, environment: Environment, rules: LinkRules): ProxyChoice {
  const none = (why: string): ProxyChoice => withoutProxy(setting, why);
  if (setting.value === '' || setting.value === 'none') return none('the proxy setting says none');
  let { value, source } = setting;
  let variable: string | null = null;
  if (value === 'env') {
    const names = linkVariables(rules);
    const found = firstSet(environment, names);
    if (found === null) return none(`no proxy is set: ${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} empty`);
    ({ value, name: variable } = found);
    source = variableSource(found.name);
  }
  const reading = readProxyAsLink(value, rules);
  const chosen = { reading, source, raw: value, variable, bypass: null };
  if (variable === null && reading.problems.includes('socks_not_in_this_version')) {
    const why = `the link never starts: this version cannot use the SOCKS proxy of ${sourceWords(source)}, and ends the link for it`;
    return { ...chosen, why, endsLink: true };
  }
  return { ...chosen, why: because(reading, sourceWords(source), 'link') };
}
