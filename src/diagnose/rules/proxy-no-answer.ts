import { rulesFor } from '../../agent/versions.js';
import { isSilent, tookMs } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { byLetter, remedy, safeHost } from '../remedies.js';
import { hostList, ms, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { otherProtocol, replies, replyDraft } from './proxy-cases.js';
import { slowProxyWords, slowSteps } from './slow-steps.js';

/** Connected to the proxy; the request for a tunnel gets nothing back. */
export const proxyNoAnswer = defineRule({
  id: 'proxy.no_answer',
  title: 'The proxy accepts connections but does not answer',
  blames: 'proxy',
  confidence: excludingHost(
    certain('other_protocols_fail'),
    certain('proxy_passes_others'),
    certain('own_words'),
    likely('The same CONNECT by hand: curl -v -x PROXY https://HOST/, and -x socks5h://PROXY.'),
  ),
  requires: ['proxy_connect'],
  evaluate(ev) {
    const slow = slowSteps(ev, 'proxy_connect').flatMap(({ attempt, tookMs }) =>
      attempt.proxy === null
        ? []
        : [
            replyDraft({ attempt, reply: attempt.proxy }, ev, {
              slow: true,
              afterMs: Number(tookMs.toFixed(1)),
              linkSeconds: rulesFor(ev.agent.version.value).connectSecondsOnLink,
            }),
          ],
    );
    const never = replies(ev)
      .filter(({ reply }) => reply.failure !== null && reply.rawReply === '' && reply.socksMethod === null)
      .filter(({ reply }) => reply.failure?.kind !== 'proxy_protocol_mismatch')
      .map((one) => {
        const draft = replyDraft(one, ev, {
          silent: isSilent(one.reply),
          afterMs: Number(tookMs(one.reply).toFixed(1)),
          code: one.reply.failure?.rawCode ?? null,
        });
        const { found, asked } = otherProtocol(one.attempt, ev);
        // It said nothing.
        const tags = draft.tags.filter((tag) => tag !== 'own_words');
        return { ...draft, tags: asked && found === null ? [...tags, 'other_protocols_fail' as const] : tags };
      });
    return [...never, ...slow.map((draft) => ({ ...draft, explains: draft.evidence, key: `${draft.key ?? ''} slow` }))];
  },
  describe(cause, ev) {
    const silent = cause.data['silent'] === true;
    if (cause.data['slow'] === true) {
      const after = ms(Number(cause.data['afterMs']));
      return {
        title: `The proxy ${quote(String(cause.data['proxy']))} takes ${after} to open a tunnel to ${hostList(cause)}`,
        why: sentence(
          `The proxy opened the tunnel only ${after} after the request.`,
          slowProxyWords(Number(cause.data['afterMs']), Number(cause.data['linkSeconds'])),
        ),
        remedies: [
          byLetter(
            cause,
            ev,
            'Ask the proxy team what delays CONNECT: a slow resolver, a silent upstream, a login lookup, or too many connections.',
          ),
        ],
      };
    }
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} does not answer the request for a tunnel to ${hostList(cause)}`,
      why: sentence(
        silent
          ? `The proxy accepted the connection and said nothing for ${ms(Number(cause.data['afterMs']))} after the request.`
          : `The proxy accepted the connection and ended it ${ms(Number(cause.data['afterMs']))} after the request, without a reply.`,
        cause.tags.has('proxy_passes_others')
          ? 'It opens tunnels to other hosts.'
          : cause.tags.has('other_protocols_fail')
            ? 'It answers neither HTTP nor SOCKS5 nor TLS: it hangs, or it waits for the other side.'
            : 'A refusal has a status, so the proxy hangs, waits for the other side, or speaks another protocol.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the proxy team what happens to CONNECT to ${hostList(cause)} from this host; the report has the time.`,
        ),
        remedy('host', 'To see it by hand:', {
          command: ev.commands.curl(safeHost(cause.subject.hosts[0]), '/', cause.subject.routeIds[0]),
        }),
      ],
    };
  },
});
