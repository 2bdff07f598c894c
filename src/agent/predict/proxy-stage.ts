import type { ProxyConnectObservation } from '../../model/observation.js';
import {
  parseConnectReply,
  parseConnectReplyAsAnswer,
  parseConnectReplyLibcurl,
  parseConnectReplyOldLink,
  type ConnectReply,
} from '../parse/connect-reply.js';
import type { Leg } from '../../model/route.js';
import type { PredictRules } from './rules.js';
import { parseSocksExchange } from '../parse/socks-reply.js';
import { fails, unseen, type Stop } from './judged.js';
import { tookMs } from '../../trace/silence.js';
import { leavesWaiting } from './view.js';

/** The proxy ended the connection in the middle of its answer. */
const ENDED = new Set(['eof_error', 'connection_reset', 'connection_aborted']);
/** libcurl sees more of the header than observations keep. */
const CAPTURE_MAX = 16_384;

/**
 * What a proxy's answer means to the link (docs/reference/agent.md#connect, #socks5) or to libcurl
 * (docs/reference/agent.md#claim-proxy); null = the tunnel is open.
 *
 * @param budgetSeconds how long the Agent waits for it
 * @param rules of the link's version; none = libcurl reads
 */
export function judgeProxy(
  seen: ProxyConnectObservation,
  leg: Leg,
  budgetSeconds: number,
  rules: PredictRules | null,
): Stop | null {
  const byLibcurl = rules === null;
  if (seen.protocol === 'socks5') return judgeSocks(seen, byLibcurl, budgetSeconds);
  if (seen.protocol === 'socks4') return judgeSocks4(seen, budgetSeconds);
  const waitsForBytes = rules !== null && leg === 'link' && rules.connectReader === 'strict';
  // A second without a byte ends it, and a proxy that hangs up keeps it busy for ever.
  if (waitsForBytes && seen.rawReply !== '' && (seen.longestSilenceMs ?? tookMs(seen)) > budgetSeconds * 1000) {
    return fails('proxy.no_reply', seen, budgetSeconds);
  }
  const reply = readReply(seen, leg, rules);
  if (reply.ok) {
    // Our own reading of the reply does not count; an end of the connection behind it does.
    return seen.failure !== null && ENDED.has(seen.failure.kind) ? fails('proxy.closed', seen) : null;
  }
  const status = seen.status ?? undefined;
  if (reply.rule === 'proxy.reply_chunked') return fails(reply.rule, seen, budgetSeconds, status);
  if (reply.rule !== 'proxy.reply_incomplete') return fails(reply.rule, seen, 0, status);
  if (byLibcurl && seen.rawReply.length >= CAPTURE_MAX) return unseen(seen, 'unknown.capture_cut');
  if (waitsForBytes && !leavesWaiting(seen) && seen.failure !== null) return fails('proxy.closed', seen, null);
  if (seen.rawReply !== '') return fails(reply.rule, seen, leavesWaiting(seen) ? budgetSeconds : 0, status);
  return withoutReply(seen, budgetSeconds, 'proxy');
}

/** A reply to CONNECT as a leg of this version reads it; no rules = libcurl. */
export function readReply(seen: ProxyConnectObservation, leg: Leg, rules: PredictRules | null): ConnectReply {
  const { rawReply, bytesAfterHead, cuts = [] } = seen;
  if (rules === null) return parseConnectReplyLibcurl(rawReply, bytesAfterHead);
  if (rules.connectReader === 'lenient') return parseConnectReply(rawReply, bytesAfterHead);
  return leg === 'link'
    ? parseConnectReplyOldLink(rawReply, bytesAfterHead, cuts, rules)
    : parseConnectReplyAsAnswer(rawReply, bytesAfterHead, rules);
}

function judgeSocks(seen: ProxyConnectObservation, byLibcurl: boolean, budgetSeconds: number): Stop | null {
  const { socksMethod, socksAuthStatus, socksReply } = seen;
  if (socksMethod === null && seen.failure !== null && seen.failure.kind !== 'proxy_protocol_mismatch') {
    return withoutReply(seen, budgetSeconds, 'socks');
  }
  const exchange = parseSocksExchange(
    {
      method: socksMethod === null ? null : String.fromCharCode(5, socksMethod),
      auth: socksAuthStatus === null ? null : String.fromCharCode(byLibcurl ? 1 : authVersion(seen), socksAuthStatus),
      reply: socksReply === null ? null : `${String.fromCharCode(5, socksReply, 0, 1)}\0\0\0\0\0\0`,
    },
    seen.credentialsSent,
  );
  if (exchange.ok) return seen.failure === null ? null : fails('socks.address_type', seen);
  if (exchange.rule !== 'socks.incomplete') return fails(exchange.rule, seen);
  if (seen.failure?.kind === 'proxy_protocol_mismatch') return fails('socks.version', seen);
  return seen.failure === null ? unseen(seen) : withoutReply(seen, budgetSeconds, 'socks');
}

/** First byte of the answer to the password, behind the two of the method; libcurl does not look at it. */
function authVersion({ rawReply }: ProxyConnectObservation): number {
  return rawReply.length > 2 ? rawReply.charCodeAt(2) : 1;
}

function judgeSocks4(seen: ProxyConnectObservation, budgetSeconds: number): Stop | null {
  if (seen.socksReply === 0x5a && seen.failure === null) return null;
  if (seen.socksReply !== null) return fails('socks4.refused', seen);
  return seen.failure === null ? unseen(seen) : withoutReply(seen, budgetSeconds, 'socks');
}

function withoutReply(seen: ProxyConnectObservation, budgetSeconds: number, kind: 'proxy' | 'socks'): Stop {
  return leavesWaiting(seen) ? fails(`${kind}.no_reply`, seen, budgetSeconds) : fails(`${kind}.closed`, seen);
}
