import { certain, likely } from '../confidence.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import { fromStepOn } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { header } from '../evidence/pages.js';
import { looksLikeHttp, serverWords } from '../evidence/plain.js';
import { predictRules, readConnectReply } from '../../agent/predict.js';
import { byLetter, remedy } from '../remedies.js';
import { quote, sentence, stepNames } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { agentRule } from './http-cases.js';
import { isOpen, replies, replyDraft } from './proxy-cases.js';

const RULE_WORDS: Readonly<Record<string, string>> = {
  'proxy.reply_too_long': 'its header is longer than the 4095 bytes that the link reads',
  'proxy.reply_not_http1': 'it does not begin with HTTP/1.1 or HTTP/1.0',
  'proxy.reply_status_unreadable': 'its status cannot be read',
  'proxy.reply_header_refused': 'this version of the Agent rejects one of its headers (2.10.0 and newer ignore them)',
  'proxy.reply_chunked': 'it announces chunks, which this version of the Agent waits for (2.10.0 and newer do not)',
  'proxy.reply_cut':
    'it arrives in pieces, and this version of the Agent reads only the first (2.10.0 and newer read all)',
  'proxy.reply_status_not_accepted': 'its status is not 200, the only one that the link accepts',
  'proxy.reply_header_unreadable': 'one of its headers has no colon, which libcurl rejects',
  'proxy.bytes_after_reply': 'bytes follow the header, and the Agent takes them for TLS',
  'proxy.reply_incomplete': 'its header never ends in the way the Agent recognises (CR LF CR LF)',
};

/** A reply that other clients take for an open tunnel, and the Agent does not. */
export const proxyAgentCannotParse = defineRule({
  id: 'proxy.agent_cannot_parse',
  title: "The Agent cannot read the proxy's reply",
  blames: 'proxy',
  confidence: [
    certain('parser_rule'),
    likely('The reply by hand, byte by byte: curl -v -x PROXY https://HOST/.', 'own_words'),
  ],
  requires: ['proxy_connect'],
  evaluate(ev) {
    return [...lateBodies(ev), ...unreadable(ev)];
  },
  describe(cause, ev) {
    const rule = String(cause.data['rule']);
    const line = cause.data['line'];
    const byLibcurl = rule === 'proxy.reply_header_unreadable';
    return {
      title: `The Agent cannot read the reply of the proxy ${quote(String(cause.data['proxy']))}`,
      why: sentence(
        `The proxy opened the tunnel, but the Agent cannot use its reply: ${RULE_WORDS[rule] ?? 'the Agent rejects it'}${typeof line === 'string' ? ` (${quote(line, 100)})` : ''}.`,
        Number(cause.data['status'] ?? 200) < 200
          ? 'It is an interim answer (1xx), and curl gives up on it as well.'
          : rule === 'proxy.bytes_after_reply'
            ? `${cause.data['announced'] === true ? 'The header announces them as a body. ' : ''}libcurl takes them for TLS as well.`
            : byLibcurl
              ? 'The claim uses libcurl and gives up; the link ignores headers.'
              : `curl accepts it; ${stepNames(cause.subject.legs)} ${cause.subject.legs.length === 1 ? 'does' : 'do'} not.`,
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          'Ask the proxy team for a plain reply: "HTTP/1.1 200 Connection established", few short headers, an empty line, no body.',
        ),
        remedy('host', 'Or run a small relay on this host between the Agent and the proxy.'),
      ],
    };
  },
});

function unreadable(ev: Evidence): Draft[] {
  return replies(ev).flatMap((one): Draft[] => {
    const { reply, attempt } = one;
    const broken = ev
      .legsOf(attempt)
      .map((leg) => ev.prediction(leg))
      .find((prediction) => prediction?.stops === reply.id);
    // An interim 1xx says "go on", and both clients of the Agent take it for the end.
    const opened = reply.status !== null && reply.status >= 100 && reply.status < 300;
    const readable = opened || /^HTTP\/[12]/u.test(reply.rawReply);
    if (
      broken == null ||
      RULE_WORDS[agentRule(broken)] === undefined ||
      !readable ||
      (reply.status !== null && !opened)
    )
      return [];
    const rules = broken.leg === 'claim' ? null : predictRules(ev.agent.version.value);
    const parsed = readConnectReply(reply, broken.leg, rules);
    const draft = replyDraft(one, ev, {
      rule: agentRule(broken),
      line: parsed.ok ? null : parsed.line,
      headBytes: reply.rawReply.length,
    });
    return [{ ...draft, tags: [...draft.tags, 'parser_rule'] }];
  });
}

/**
 * A body behind a 2xx that came after we, as the Agent, had begun to speak TLS. A page of the proxy's own in place of
 * the tunnel is another cause (proxy.strips_or_inspects), unless the header called it the reply's body.
 */
function lateBodies(ev: Evidence): Draft[] {
  return ev.path.flatMap((attempt): Draft[] => {
    const { proxy, tls } = attempt;
    if (proxy === null || tls === null || (proxy.protocol !== 'http' && proxy.protocol !== 'https')) return [];
    if (!isOpen(proxy) || tls.failure?.kind !== 'ssl_not_tls' || tls.rawFirstBytes === '') return [];
    const announced = announcesBody(proxy);
    if (!announced && looksLikeHttp(tls.rawFirstBytes)) return [];
    const draft = replyDraft({ attempt, reply: proxy }, ev, {
      rule: 'proxy.bytes_after_reply',
      line: serverWords(tls.rawFirstBytes) || null,
      headBytes: proxy.rawReply.length,
      late: true,
      announced,
    });
    return [
      {
        ...draft,
        evidence: [proxy.id, tls.id],
        explains: fromStepOn(attempt, tls),
        tags: announced || TLS_BEHIND.test(tls.rawFirstBytes) ? ['parser_rule'] : ['own_words'],
      },
    ];
  });
}

/** RFC 9110 section 9.3.6: neither belongs into a 2xx to CONNECT, and a client has to ignore both. */
function announcesBody({ headers }: ProxyConnectObservation): boolean {
  return Number(header(headers, 'content-length') ?? 0) > 0 || header(headers, 'transfer-encoding') !== null;
}

/** A handshake record of the tunnel, behind something else. */
const TLS_BEHIND = /[^]\x16\x03[\x00-\x04]/u;
