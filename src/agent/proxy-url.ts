/**
 * How the link reads a proxy value (docs/reference/agent.md#link-proxy-forms, #link-proxy-parsing). Pure; never throws.
 */
import { Secret } from '../model/secret.js';
import type { Credentials } from '../model/secret.js';
import { decodeAsLink } from './percent.js';
import type { ProxyProblem, ProxyReading } from './proxy-reading.js';
import { UNUSABLE_HOST } from '../model/route.js';
import { socksLoginTooLong } from './proxy-reading.js';
import type { AgentRules } from './versions.js';

type LinkRules = Pick<
  AgentRules,
  'linkUsesSocks' | 'linkDecodesProxyCredentials' | 'linkSendsLogin' | 'cutsProxyAtSlash' | 'emptyUserSendsLogin'
>;

interface Scheme {
  readonly prefix: string;
  readonly protocol: 'http' | 'socks5';
  readonly resolveAt: 'local' | 'proxy';
  readonly defaultPort: number;
}

const SCHEMES: readonly Scheme[] = [
  { prefix: 'socks5://', protocol: 'socks5', resolveAt: 'local', defaultPort: 1080 },
  { prefix: 'socks5h://', protocol: 'socks5', resolveAt: 'proxy', defaultPort: 1080 },
  { prefix: 'http://', protocol: 'http', resolveAt: 'proxy', defaultPort: 8080 },
];

/** C's atoi: optional spaces and sign, then digits; 0 without any. */
export function atoi(text: string): number {
  const match = /^[ \t\n\v\f\r]*([+-]?\d{1,15})/.exec(text);
  return match === null ? 0 : Number(match[1]);
}

/**
 * A CONNECT request with everything in it has at most 4096 bytes (docs/reference/agent.md#connect); hosts take some 100
 * of them.
 */
const MAX_BASIC_BYTES = 3900;

function loginTooLong({ user, password }: Credentials, protocol: Scheme['protocol']): boolean {
  if (protocol === 'socks5') return socksLoginTooLong({ user, password });
  const bytes = new TextEncoder().encode(`${user.reveal()}:${password.reveal()}`).length;
  return Math.ceil(bytes / 3) * 4 > MAX_BASIC_BYTES;
}

function readCredentials(pair: string, rules: LinkRules, problems: ProxyProblem[]): Credentials | null {
  const colon = pair.indexOf(':');
  if (colon < 0) {
    problems.push('no_password_separator');
    return null;
  }
  const raw = [pair.slice(0, colon), pair.slice(colon + 1)] as const;
  if (!rules.linkDecodesProxyCredentials) {
    if (raw.some((text) => /%[0-9A-Fa-f]{2}/.test(text))) problems.push('credentials_not_decoded');
    if (raw[0] === '' && !rules.emptyUserSendsLogin) return null;
    return { user: new Secret(raw[0]), password: new Secret(raw[1]) };
  }
  const user = decodeAsLink(raw[0]);
  const password = decodeAsLink(raw[1]);
  if (user.truncated || password.truncated) problems.push('credentials_truncated');
  if (user.plusBecameSpace || password.plusBecameSpace) problems.push('plus_became_space');
  if (user.text === '' && !rules.emptyUserSendsLogin) {
    problems.push('empty_user');
    return null;
  }
  return { user: new Secret(user.text), password: new Secret(password.text) };
}

/** The link's reading of a value that is neither empty, `none` nor `env`. */
export function readProxyAsLink(value: string, rules: LinkRules): ProxyReading {
  const problems: ProxyProblem[] = [];
  const looked = value.replace(/^ +/, '');
  const scheme = SCHEMES.find(({ prefix }) => looked.startsWith(prefix));
  if (scheme === undefined) {
    problems.push(looked.includes('://') ? 'scheme_unsupported' : 'scheme_missing');
    return { kind: 'direct', meant: false, problems };
  }
  if (scheme.protocol === 'socks5' && !rules.linkUsesSocks) {
    return { kind: 'direct', meant: false, problems: ['socks_not_in_this_version'] };
  }
  // Leading spaces pass the check of the scheme, but then the scheme is not cut off.
  if (looked !== value) problems.push('leading_space');
  let rest = value.startsWith(scheme.prefix) ? value.slice(scheme.prefix.length) : value;
  let credentials: Credentials | null = null;
  const at = rest.indexOf('@');
  if (at >= 0 && !rules.linkSendsLogin) {
    // The host begins with the @ itself: it never resolves.
    return { kind: 'unusable', problems: [...problems, 'login_in_host'] };
  }
  if (rules.cutsProxyAtSlash) rest = rest.replace(/\/.*$/s, '');
  if (at >= 0) {
    credentials = readCredentials(rest.slice(0, at), rules, problems);
    rest = rest.slice(at + 1);
    if (credentials !== null && loginTooLong(credentials, scheme.protocol)) problems.push('credentials_too_long');
  }
  // Without a host the HTTPS legs go direct and the last leg has nothing to connect to.
  if (rest === '') return { kind: 'unusable', problems: [...problems, 'no_host'] };
  // A further `@` means that a password was not escaped: what now stands for the host may be a piece of it.
  const holdsPassword = rest.includes('@');
  const colon = rest.indexOf(':');
  const host = colon < 0 ? rest : rest.slice(0, colon);
  const portText = colon < 0 ? '' : rest.slice(colon + 1);
  const given = atoi(portText);
  const portDefaulted = given <= 0 || given > 65535;
  if (portText === '') problems.push('port_missing');
  else if (portDefaulted && !host.startsWith('[')) problems.push('port_unusable');
  if (host.startsWith('[')) problems.push('ipv6_literal_cut');
  else if (holdsPassword) problems.push('at_sign_in_password');
  else if (host.includes('/')) problems.push('slash_in_host');
  else if (host === '') problems.push('no_host');
  return {
    kind: 'proxy',
    protocol: scheme.protocol,
    resolveAt: scheme.resolveAt,
    host: host === '' || holdsPassword ? UNUSABLE_HOST : host,
    port: portDefaulted ? scheme.defaultPort : given,
    portDefaulted,
    credentials,
    problems,
  };
}
