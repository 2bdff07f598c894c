/** What one side makes of a proxy value. Problems are closed words without any part of the value. */
import { UNUSABLE_HOST } from '../model/route.js';
import type { Credentials } from '../model/secret.js';

export type ProxyProblem =
  | 'scheme_unsupported'
  | 'scheme_missing'
  | 'socks_not_in_this_version'
  | 'leading_space'
  | 'port_missing'
  | 'port_unusable'
  | 'login_in_host'
  | 'slash_in_host'
  | 'ipv6_literal_cut'
  | 'at_sign_in_password'
  | 'no_host'
  | 'bad_host'
  | 'no_password_separator'
  | 'empty_user'
  | 'credentials_not_decoded'
  | 'credentials_truncated'
  | 'credentials_too_long'
  | 'plus_became_space'
  | 'control_character';

export type ProxyProtocol = 'http' | 'https' | 'socks4' | 'socks5';

export type ProxyReading =
  /** No proxy: because none is meant, or because this side does not understand the value. */
  | { readonly kind: 'direct'; readonly meant: boolean; readonly problems: readonly ProxyProblem[] }
  | {
      readonly kind: 'proxy';
      readonly protocol: ProxyProtocol;
      readonly resolveAt: 'local' | 'proxy';
      readonly host: string;
      readonly port: number;
      /** True when the value names no port and this side chose one. */
      readonly portDefaulted: boolean;
      readonly credentials: Credentials | null;
      readonly problems: readonly ProxyProblem[];
    }
  /** This side fails on the value, without going direct. */
  | { readonly kind: 'unusable'; readonly problems: readonly ProxyProblem[] };

/** Same way out, credentials aside. */
export function sameRoute(left: ProxyReading, right: ProxyReading): boolean {
  if (left.kind !== 'proxy' || right.kind !== 'proxy') return left.kind === right.kind;
  return (
    left.protocol === right.protocol &&
    left.resolveAt === right.resolveAt &&
    left.host === right.host &&
    left.port === right.port
  );
}

/** RFC 1929 has one byte for each length; both sides give up on more. */
export function socksLoginTooLong({ user, password }: Credentials): boolean {
  return [user, password].some((part) => new TextEncoder().encode(part.reveal()).length > 255);
}

/** Same credentials after decoding. */
export function sameCredentials(left: Credentials | null, right: Credentials | null): boolean {
  if (left === null || right === null) return left === right;
  return left.user.reveal() === right.user.reveal() && left.password.reveal() === right.password.reveal();
}

/** `http://proxy.example:3128`, without credentials. */
export function describeReading(reading: ProxyReading): string {
  if (reading.kind === 'direct') return 'direct';
  if (reading.kind === 'unusable' || reading.host === UNUSABLE_HOST) return 'a proxy that cannot be used';
  const socks = reading.protocol === 'socks5' && reading.resolveAt === 'proxy' ? 'socks5h' : reading.protocol;
  const scheme = reading.protocol === 'socks4' && reading.resolveAt === 'proxy' ? 'socks4a' : socks;
  const host = reading.host.includes(':') && !reading.host.startsWith('[') ? `[${reading.host}]` : reading.host;
  const auth = reading.credentials === null ? '' : ' with credentials';
  return `${scheme}://${host}:${String(reading.port)}${auth}`;
}
