import { certain } from '../confidence.js';
import { predictRules, readConnectReply } from '../../agent/predict.js';
import { remedy } from '../remedies.js';
import { list, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { replies, replyDraft } from './proxy-cases.js';

const RULE_WORDS: Readonly<Record<string, string>> = {
  'proxy.reply_too_long': 'its header is longer than the 4095 bytes that the link reads',
  'proxy.reply_not_http1': 'it does not begin with HTTP/1.1 or HTTP/1.0',
  'proxy.reply_status_unreadable': 'its status cannot be read',
  'proxy.reply_header_refused':
    'one of its headers is none that this version of the Agent accepts (since 2.10.0 it does not look at them)',
  'proxy.reply_chunked': 'it announces chunks, which this version of the Agent waits for (since 2.10.0 it does not)',
  'proxy.reply_cut':
    'it arrives in pieces that end at line ends, the first of which this version of the Agent takes for the whole (since 2.10.0 it waits for all)',
  'proxy.reply_status_not_accepted': 'its status is not exactly 200, the only one the link accepts',
  'proxy.reply_header_unreadable': 'one of its headers has no colon, which libcurl does not accept',
  'proxy.bytes_after_reply': 'bytes follow the header, and the Agent takes them for TLS',
  'proxy.reply_incomplete': 'its header never ends in the way the Agent recognises (CR LF CR LF)',
};

/** A reply that other clients take for an open tunnel, and the Agent does not. */
export const proxyAgentCannotParse = defineRule({
  id: 'proxy.agent_cannot_parse',
  title: "The Agent cannot read the proxy's reply",
  blames: 'proxy',
  confidence: [certain('parser_rule')],
  requires: ['proxy_connect'],
  evaluate(ev) {
    return replies(ev).flatMap((one): Draft[] => {
      const { reply, attempt } = one;
      const broken = ev
        .legsOf(attempt)
        .map((leg) => ev.prediction(leg))
        .find((prediction) => prediction?.stops === reply.id);
      // An interim 1xx says "go on", and both clients of the Agent take it for the end.
      const opened = reply.status !== null && reply.status >= 100 && reply.status < 300;
      const readable = opened || /^HTTP\/[12]/u.test(reply.rawReply);
      if (broken == null || RULE_WORDS[broken.rule] === undefined || !readable || (reply.status !== null && !opened))
        return [];
      const rules = broken.leg === 'claim' ? null : predictRules(ev.agent.version.value);
      const parsed = readConnectReply(reply, broken.leg, rules);
      const draft = replyDraft(one, ev, {
        rule: broken.rule,
        line: parsed.ok ? null : parsed.line,
        headBytes: reply.rawReply.length,
      });
      return [{ ...draft, tags: [...draft.tags, 'parser_rule'] }];
    });
  },
  describe(cause) {
    const rule = String(cause.data['rule']);
    const line = cause.data['line'];
    const byLibcurl = rule === 'proxy.reply_header_unreadable';
    return {
      title: `The Agent cannot read the reply of the proxy ${quote(String(cause.data['proxy']))}`,
      why: sentence(
        `The proxy opened the tunnel in its way, and ${RULE_WORDS[rule] ?? 'the Agent does not accept it'}${typeof line === 'string' ? `: ${quote(line, 100)}` : ''}.`,
        Number(cause.data['status'] ?? 200) < 200
          ? 'It is an interim answer (1xx); curl gives up on it as well.'
          : byLibcurl
            ? `The claim goes through libcurl and gives up; the link does not look at headers.`
            : `curl is more lenient and goes on; the Agent gives up (${list(cause.subject.legs)}).`,
      ),
      remedies: [
        remedy(
          'proxy',
          'Ask the proxy team for a plain reply: "HTTP/1.1 200 Connection established", few and short headers, an empty line, no body.',
          {
            command: 'netdata-egress doctor --letter',
          },
        ),
        remedy('host', 'Or put a small relay on this host between Agent and proxy.'),
      ],
    };
  },
});
