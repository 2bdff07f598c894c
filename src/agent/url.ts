/**
 * How each side reads a base URL or endpoint (docs/reference/agent.md#claim-request, #base-url). Pure; never throws.
 */
import { isIPv6Text } from '../addresses/address.js';
import { atoi } from './proxy-url.js';

export type UrlProblem =
  | 'scheme_missing'
  | 'scheme_not_https'
  | 'port_zero'
  | 'port_unusable'
  | 'ipv6_literal_misread'
  | 'userinfo'
  | 'query_in_host'
  | 'path_ignored'
  | 'query'
  | 'no_host'
  | 'bad_host'
  | 'not_a_url';

export type UrlReading =
  | {
      readonly kind: 'url';
      readonly host: string;
      /** 0 is what the Agent computes for a scheme it does not know: connecting to it is refused. */
      readonly port: number;
      readonly path: string;
      readonly tls: boolean;
      readonly problems: readonly UrlProblem[];
    }
  | { readonly kind: 'unusable'; readonly problems: readonly UrlProblem[] };

/** Stands for a host that must not be looked up: it never resolves (RFC 6761 §6.4). */
export const UNUSABLE_URL_HOST = 'unusable-url.invalid';

/** The same for a URL in which a side finds no host at all: it does not get as far as looking one up. */
export const UNREADABLE_URL_HOST = 'unreadable-url.invalid';

const unusable = (...problems: UrlProblem[]): UrlReading => ({ kind: 'unusable', problems });

/** The link's parser for base URL, authEndpoint and transport endpoints. TLS is used whatever the scheme. */
export function readUrlAsLink(value: string): UrlReading {
  const problems: UrlProblem[] = [];
  const separator = value.indexOf('://');
  if (separator === 0) return unusable('not_a_url');
  const scheme = separator < 0 ? null : value.slice(0, separator);
  const rest = separator < 0 ? value : value.slice(separator + 3);
  const slash = rest.indexOf('/');
  let host = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '/' : rest.slice(slash);
  if (host === '') return unusable('no_host');
  if (host.includes('@')) problems.push('userinfo');
  if (host.includes('[')) problems.push('ipv6_literal_misread');
  if (/[?#]/.test(host)) problems.push('query_in_host');
  let port = 0;
  const colon = host.lastIndexOf(':');
  if (colon >= 0) {
    const digits = host.slice(colon + 1);
    if (digits === '' || digits.length > 5) return unusable(...problems, 'port_unusable');
    host = host.slice(0, colon);
    if (host === '') return unusable(...problems, 'no_host');
    port = atoi(digits);
    if (!/^\d+$/.test(digits) && !problems.includes('ipv6_literal_misread')) problems.push('port_unusable');
  }
  if (scheme === null) problems.push('scheme_missing');
  else if (scheme !== 'https') problems.push('scheme_not_https');
  if (port === 0 && scheme === 'http') port = 80;
  if (port === 0 && scheme === 'https') port = 443;
  if (port === 0) problems.push('port_zero');
  if (port < 0 || port > 65535) return unusable(...problems, 'port_unusable');
  const shownHost = problems.includes('userinfo') ? UNUSABLE_URL_HOST : host;
  return { kind: 'url', host: shownHost, port, path, tls: true, problems };
}

/** libcurl's reading of the base URL for the claim: schemes in any case, none meaning plain http. */
export function readUrlAsCurl(value: string): UrlReading {
  if (/[\u0000-\u0020\u007f]/.test(value)) return unusable('not_a_url');
  const split = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/{1,3}(?<rest>.*)$/s.exec(value);
  const scheme = split?.groups?.['scheme']?.toLowerCase() ?? 'http';
  if (scheme !== 'http' && scheme !== 'https') return unusable('scheme_not_https');
  const rest = split?.groups?.['rest'] ?? value;
  const problems: UrlProblem[] = [];
  if (split === null) problems.push('scheme_missing');
  if (scheme !== 'https') problems.push('scheme_not_https');
  const end = rest.search(/[/?#]/);
  let authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? '/' : rest.slice(end);
  if (/[?#]/.test(tail)) problems.push('query');
  const at = authority.indexOf('@');
  if (at >= 0) {
    problems.push('userinfo');
    authority = authority.slice(at + 1);
  }
  const bracketed = /^\[(?<host>[^\]%]*)(?:%[^\]]*)?\](?::(?<port>.*))?$/s.exec(authority)?.groups;
  const colon = authority.lastIndexOf(':');
  const host = bracketed?.['host'] ?? (colon < 0 ? authority : authority.slice(0, colon));
  const port = bracketed === undefined ? (colon < 0 ? '' : authority.slice(colon + 1)) : (bracketed['port'] ?? '');
  if (host === '') return unusable(...problems, 'no_host');
  if (bracketed === undefined ? /[^A-Za-z0-9._~%\u0080-\uffff-]/.test(host) : !isIPv6Text(host)) {
    return unusable(...problems, 'bad_host');
  }
  if (port !== '' && (!/^\d{1,5}$/.test(port) || Number(port) > 65535)) return unusable(...problems, 'port_unusable');
  const defaultPort = scheme === 'https' ? 443 : 80;
  return {
    kind: 'url',
    host: host.toLowerCase(),
    port: port === '' ? defaultPort : Number(port),
    path: tail.startsWith('/') ? tail.replace(/[?#].*$/s, '') : '/',
    tls: scheme === 'https',
    problems,
  };
}
