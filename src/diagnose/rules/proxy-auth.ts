/** Three ways in which authentication stops at the proxy: shared wording. */
import type { Evidence } from '../evidence.js';
import type { Remedy } from '../../model/finding.js';
import { remedy, safeHost, tellAgentProxy } from '../remedies.js';
import { offeredSchemes, replies, type ReplyCase } from './proxy-cases.js';

export type AuthTrouble = 'required' | 'rejected' | 'unsupported';

/** Both legs know Basic for HTTP, and user and password (RFC 1929) for SOCKS. Nothing else. */
export function authCases(ev: Evidence, trouble: AuthTrouble): readonly ReplyCase[] {
  return replies(ev).filter((one) => troubleOf(one) === trouble);
}

function troubleOf({ reply }: ReplyCase): AuthTrouble | null {
  if (reply.socksMethod !== null || reply.protocol === 'socks5') {
    if (reply.socksAuthStatus !== null && reply.socksAuthStatus !== 0) return 'rejected';
    // User and password are asked for although nobody offered them.
    if (reply.socksMethod === 2 && !reply.credentialsSent) return 'required';
    if (reply.socksMethod === 0xff) return reply.credentialsSent ? 'unsupported' : 'required';
    // RFC 1928 §3: 0 = none, 2 = user and password; anything else was not offered, and is nothing the Agent knows.
    return reply.socksMethod === null || reply.socksMethod === 0 || reply.socksMethod === 2 ? null : 'unsupported';
  }
  if (reply.status !== 407) return null;
  const schemes = offeredSchemes(reply);
  if (schemes.length > 0 && !schemes.includes('basic')) return 'unsupported';
  return reply.credentialsSent ? 'rejected' : 'required';
}

export function writeCredentials(ev: Evidence): Remedy {
  return tellAgentProxy(
    ev.agent,
    loginUrl(ev),
    'Write user and password into the proxy setting, special characters percent-encoded: @ as %40, : as %3A, / as %2F, % as %25, + as %2B (the link reads a bare + as a space).',
  );
}

/** The proxy that asked, with room for what it wants. */
function loginUrl(ev: Evidence): string {
  const [asked] = [...authCases(ev, 'required'), ...authCases(ev, 'rejected')];
  if (asked === undefined) return 'http://USER:PASSWORD@PROXY:PORT';
  const { protocol, proxyHost, proxyPort } = asked.reply;
  return `${protocol === 'socks5' ? 'socks5h' : 'http'}://USER:PASSWORD@${safeHost(proxyHost)}:${String(proxyPort)}`;
}

export function exemptFromLogin(): Remedy {
  return remedy(
    'proxy',
    'Ask the proxy team to let this host pass without login: by its address, or by the three cloud names as destinations.',
    {
      command: 'netdata-egress rules squid',
    },
  );
}
