import { certain } from '../confidence.js';
import { leadsToFilter } from '../evidence/pages.js';
import { looksLikeHttp, plainLocation, serverWords } from '../evidence/plain.js';
import { byLetter } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { consequences, tlsSubject, unfinished } from './tls-cases.js';

/** Bytes came back, and they are not TLS. */
export const tlsNotTls = defineRule({
  id: 'tls.not_tls',
  title: 'Something other than TLS answers',
  blames: 'network',
  confidence: [certain('own_words')],
  requires: ['tls_handshake'],
  evaluate(ev) {
    return (
      unfinished(ev)
        .filter(({ tls }) => tls.failure?.kind === 'ssl_not_tls')
        // A filter's own page in plain text is that filter's doing (http.blocked_page).
        .filter(({ tls }) => !leadsToFilter(plainLocation(tls.rawFirstBytes) ?? ''))
        .map((one) => ({
          subject: tlsSubject(one, ev),
          evidence: [one.tls.id],
          explains: consequences(one, ev),
          tags: ['own_words' as const],
          data: {
            http: looksLikeHttp(one.tls.rawFirstBytes),
            said: serverWords(one.tls.rawFirstBytes),
            proxied: one.attempt.proxy !== null,
          },
        }))
    );
  },
  describe(cause, ev) {
    const said = String(cause.data['said'] ?? '');
    const proxied = cause.data['proxied'] === true;
    return {
      title: `Something other than TLS answers for ${hostList(cause)}`,
      why: sentence(
        `Plain ${cause.data['http'] === true ? 'HTTP' : 'bytes'} answered the ClientHello${said === '' ? '' : `: ${quote(said)}`}.`,
        proxied
          ? 'The proxy confirmed the tunnel and then answered itself.'
          : 'The cloud speaks only TLS on this port, so a filter, a portal or another server took the connection.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          proxied
            ? `Ask the proxy team to tunnel ${hostList(cause)} without touching it.`
            : `Ask the network team what answers on port 443 in place of ${hostList(cause)}: a portal, a transparent proxy, or a wrong address translation.`,
        ),
      ],
      ...(proxied ? { blames: 'proxy' as const } : {}),
    };
  },
});
