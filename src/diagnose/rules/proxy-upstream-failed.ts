import { certain } from '../confidence.js';
import { titleOf } from '../evidence/pages.js';
import { byLetter } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { proxyServer, replies, replyDraft, REP, type ReplyCase } from './proxy-cases.js';

/** The proxy is willing and cannot get there itself. */
export const proxyUpstreamFailed = defineRule({
  id: 'proxy.upstream_failed',
  title: 'The proxy itself cannot reach the cloud',
  blames: 'proxy',
  confidence: [certain('own_words')],
  requires: ['proxy_connect'],
  evaluate(ev) {
    return replies(ev)
      .filter(isUpstream)
      .map((one) => replyDraft(one, ev, { pageTitle: titleOf(one.reply.bodyExcerpt), server: proxyServer(one.reply) }));
  },
  describe(cause, ev) {
    const { status, socksReply, pageTitle } = cause.data;
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} cannot reach ${hostList(cause)} itself`,
      why: sentence(
        status === null || status === undefined
          ? `The proxy answered "${REP[Number(socksReply)] ?? 'failure'}" (reply ${String(socksReply)}).`
          : `The proxy answered CONNECT with ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}: its own connection or lookup failed.`,
        'This host reaches the proxy, and the proxy allows the request, but lacks DNS or a way out.',
        cause.tags.has('proxy_passes_others') && 'The proxy reaches other hosts.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the proxy team to check on the proxy itself that it resolves ${hostList(cause)} and reaches TCP 443 there.`,
        ),
      ],
    };
  },
});

function isUpstream({ reply }: ReplyCase): boolean {
  if (reply.protocol === 'socks5') return reply.socksReply !== null && reply.socksReply !== 0 && reply.socksReply !== 2;
  return reply.status === 408 || (reply.status !== null && reply.status >= 500 && reply.status !== 501);
}
