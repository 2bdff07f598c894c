import { certain } from '../confidence.js';
import { titleOf } from '../evidence/pages.js';
import { byLetter } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import type { Evidence } from '../evidence.js';
import {
  askProxy,
  isOpen,
  knowsConnect,
  proxyServer,
  replies,
  replyDraft,
  REP,
  type ReplyCase,
} from './proxy-cases.js';

/** Statuses that are a decision about this destination, not about who asks or what the proxy is. */
const OTHER_CAUSES = new Set([400, 404, 405, 407, 408, 501]);

/** The proxy says no to this host or port. */
export const proxyDenied = defineRule({
  id: 'proxy.denied',
  title: 'The proxy does not allow this destination',
  blames: 'proxy',
  confidence: [certain('own_words', 'proxy_passes_others'), certain('own_words')],
  requires: ['proxy_connect'],
  evaluate(ev) {
    return replies(ev)
      .filter((one) => isDenial(one) || isAboutForm(one, ev))
      .map((one) => ({
        ...replyDraft(one, ev, {
          pageTitle: titleOf(one.reply.bodyExcerpt),
          server: proxyServer(one.reply),
          form: isAboutForm(one, ev) ? 'link' : browserTunnels(one, ev).length > 0 ? 'browser' : null,
        }),
        evidence: [one.reply.id, ...browserTunnels(one, ev)],
      }));
  },
  describe(cause, ev) {
    const { status, socksReply, pageTitle, server } = cause.data;
    if (cause.data['form'] === 'browser') {
      return {
        title: `The proxy ${quote(String(cause.data['proxy']))} refuses the Agent's request for a tunnel and accepts a browser's`,
        why: sentence(
          `The proxy refused the Agent's CONNECT with ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}, and opened the same tunnel for a browser's CONNECT.`,
          'The two differ in headers: the Agent sends no User-Agent, and the link sends a Host without a port.',
          'So a policy on programs or headers refuses it.',
        ),
        remedies: [
          byLetter(
            cause,
            ev,
            `Ask the proxy team to exempt ${hostList(cause)} from rules on programs and on the headers of CONNECT (User-Agent, Host with port).`,
          ),
        ],
      };
    }
    if (cause.data['form'] === 'link') {
      return {
        title: `The proxy ${quote(String(cause.data['proxy']))} refuses the link's request for a tunnel and accepts the claim's`,
        why: sentence(
          `The proxy refused the CONNECT of the link with ${String(status)}, and opened a tunnel for the CONNECT that libcurl sends.`,
          'The two differ in headers: the link sends no User-Agent and a Host without a port.',
          'So a policy on headers refuses it.',
        ),
        remedies: [
          byLetter(
            cause,
            ev,
            `Ask the proxy team to exempt ${hostList(cause)} from rules on the headers of CONNECT (Host with port, User-Agent).`,
          ),
        ],
      };
    }
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} does not allow ${hostList(cause)}`,
      why: sentence(
        status === null || status === undefined
          ? `The proxy refused the connection with "${REP[Number(socksReply)] ?? 'refused'}" (reply ${String(socksReply)}).`
          : `The proxy refused CONNECT with ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}.`,
        typeof server === 'string' && `It calls itself ${quote(server)}.`,
        cause.tags.has('proxy_passes_others')
          ? 'It opens tunnels to other hosts, so the rule is about this destination.'
          : 'It does not ask for a login, so its rules stop this host or this destination.',
      ),
      remedies: [
        ...askProxy(
          cause,
          ev,
          'Ask the proxy team to allow CONNECT from this host to port 443 of app.netdata.cloud, api.netdata.cloud and mqtt.netdata.cloud.',
        ),
      ],
    };
  },
});

function isDenial({ reply }: ReplyCase): boolean {
  if (reply.socksReply === 2 || reply.failure?.kind === 'socks_connection_not_allowed') return true;
  if (reply.protocol === 'socks4') return reply.socksReply !== null && reply.socksReply !== 0x5a;
  const { status } = reply;
  return status !== null && status >= 300 && status < 500 && !OTHER_CAUSES.has(status);
}

/** What a web server says to CONNECT, from a port that did open a tunnel for other bytes. */
function isAboutForm({ reply }: ReplyCase, ev: Evidence): boolean {
  return [400, 404, 405, 501].includes(reply.status ?? 0) && knowsConnect(reply, ev);
}

/** The same proxy opened a tunnel to the same destination for a request in the shape of a browser. */
function browserTunnels({ attempt }: ReplyCase, ev: Evidence): readonly string[] {
  return ev
    .controls('browser_like')
    .flatMap(({ routeId, host, proxy }) =>
      routeId === attempt.routeId && host === attempt.host && proxy !== null && isOpen(proxy) ? [proxy.id] : [],
    );
}
