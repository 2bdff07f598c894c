/**
 * How libcurl reads a proxy value, for the claim (docs/reference/agent.md#claim-proxy): any scheme it knows in any
 * case, none meaning http; bracketed IPv6; port 1080, or 443 to an https proxy. Pure; never throws.
 */
import { Secret } from '../model/secret.js';
import type { Credentials } from '../model/secret.js';
import { isIPv6Text } from '../addresses/address.js';
import { decodeAsCurl } from './percent.js';
import { socksLoginTooLong } from './proxy-reading.js';
import type { ProxyProblem, ProxyProtocol, ProxyReading } from './proxy-reading.js';

interface Scheme {
  readonly protocol: ProxyProtocol;
  readonly resolveAt: 'local' | 'proxy';
  readonly defaultPort: number;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['http', { protocol: 'http', resolveAt: 'proxy', defaultPort: 1080 }],
  ['https', { protocol: 'https', resolveAt: 'proxy', defaultPort: 443 }],
  ['socks', { protocol: 'socks4', resolveAt: 'local', defaultPort: 1080 }],
  ['socks4', { protocol: 'socks4', resolveAt: 'local', defaultPort: 1080 }],
  ['socks4a', { protocol: 'socks4', resolveAt: 'proxy', defaultPort: 1080 }],
  ['socks5', { protocol: 'socks5', resolveAt: 'local', defaultPort: 1080 }],
  ['socks5h', { protocol: 'socks5', resolveAt: 'proxy', defaultPort: 1080 }],
]);

/** Without a scheme libcurl guesses one from these beginnings of a host name; none of them is a proxy's. */
const GUESSED = /^(ftp|dict|ldap|imap|smtp|pop3)\./i;

/** Characters that libcurl refuses in a host name. */
const BAD_HOST = /[ \r\n\t/:#?!@{}[\]\\$'"^`*<>=;,+&()]/;

const unusable = (...problems: ProxyProblem[]): ProxyReading => ({ kind: 'unusable', problems });

interface HostAndPort {
  readonly host: string;
  /** null = none named. */
  readonly port: string | null;
  readonly problem: ProxyProblem | null;
}

function splitHost(authority: string): HostAndPort {
  if (authority.startsWith('[')) {
    const groups = /^\[(?<host>[^\]%]*)(?:%[^\]]*)?\](?::(?<port>.*))?$/s.exec(authority)?.groups;
    const host = groups?.['host'] ?? '';
    return { host, port: groups?.['port'] ?? null, problem: isIPv6Text(host) ? null : 'bad_host' };
  }
  const colon = authority.lastIndexOf(':');
  const host = colon < 0 ? authority : authority.slice(0, colon);
  let problem: ProxyProblem | null = null;
  if (host === '') problem = 'no_host';
  else if (host.includes('@')) problem = 'at_sign_in_password';
  else if (BAD_HOST.test(host)) problem = 'bad_host';
  return { host: host.toLowerCase(), port: colon < 0 ? null : authority.slice(colon + 1), problem };
}

function readCredentials(login: string): Credentials | null {
  const colon = login.indexOf(':');
  const user = decodeAsCurl(colon < 0 ? login : login.slice(0, colon));
  const password = decodeAsCurl(colon < 0 ? '' : login.slice(colon + 1));
  return user === null || password === null ? null : { user: new Secret(user), password: new Secret(password) };
}

/** libcurl's reading of a value that is neither empty, `none` nor `env`. Tried on libcurl 7.88. */
export function readProxyAsCurl(value: string): ProxyReading {
  if (/[\u0000-\u0020\u007f]/.test(value)) return unusable(value.startsWith(' ') ? 'leading_space' : 'bad_host');
  // One to three slashes are taken.
  const split = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/{1,3}(?<rest>.*)$/s.exec(value);
  const scheme = SCHEMES.get(split?.groups?.['scheme']?.toLowerCase() ?? 'http');
  if (scheme === undefined || (split === null && GUESSED.test(value))) return unusable('scheme_unsupported');
  const problems: ProxyProblem[] = split === null ? ['scheme_missing'] : [];
  const text = split?.groups?.['rest'] ?? value;
  let authority = /^[^/?#]*/.exec(text)?.[0] ?? '';
  const behind = text.slice(authority.length);
  let credentials: Credentials | null = null;
  // The login ends at the first `@`, as on the link.
  const at = authority.indexOf('@');
  const login = at < 0 ? null : authority.slice(0, at);
  if (login !== null) authority = authority.slice(at + 1);
  const { host, port, problem } = splitHost(authority);
  if (problem !== null) return unusable(problem);
  if (port !== null && port !== '' && (!/^\d{1,5}$/.test(port) || Number(port) > 65535))
    return unusable('port_unusable');
  // A raw `/`, `?` or `#` in the login ends it: what libcurl takes for the host is a piece of the login.
  if (behind.includes('@')) return unusable('at_sign_in_password');
  if (login !== null) {
    credentials = readCredentials(login);
    // A login that decodes to a control character makes libcurl forget the whole proxy.
    if (credentials === null) return { kind: 'direct', meant: false, problems: ['control_character'] };
    if (scheme.protocol === 'socks5' && socksLoginTooLong(credentials)) problems.push('credentials_too_long');
  }
  const portDefaulted = port === null || port === '';
  if (portDefaulted) problems.push('port_missing');
  return {
    kind: 'proxy',
    protocol: scheme.protocol,
    resolveAt: scheme.resolveAt,
    host,
    port: portDefaulted ? scheme.defaultPort : Number(port),
    portDefaulted,
    credentials,
    problems,
  };
}
