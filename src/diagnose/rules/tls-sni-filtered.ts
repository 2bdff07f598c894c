import { isSilent, tookMs } from '../../trace/silence.js';
import { certain, likely, possible, OTHER_NAME, excludingHost } from '../confidence.js';
import { byLetter, remedy, safeAddress, safeHost } from '../remedies.js';
import { hostList, list, ms, sentence } from '../text.js';
import type { Evidence } from '../evidence.js';
import { defineRule, type Draft } from '../rule.js';
import { consequences, controlIds, helloTags, tlsSubject, unanswered, unfinished, type TlsCase } from './tls-cases.js';

/** Our name in the ClientHello is cut or swallowed; another name at the same address gets an answer. */
export const tlsSniFiltered = defineRule({
  id: 'tls.sni_filtered',
  title: 'A filter stops connections because of the server name',
  blames: 'network',
  confidence: excludingHost(certain('other_name_works'), likely(OTHER_NAME, 'sibling_works'), possible(OTHER_NAME)),
  requires: ['tls_handshake', 'other_name_same_address'],
  asks: (ev) => [...unanswered(ev, 'cut'), ...unanswered(ev, 'silent')].map(({ tls }) => tls.id),
  evaluate(ev) {
    const refused = unfinished(ev).filter(({ tls }) => tls.alert !== null && tls.failure?.kind === 'ssl_alert');
    return [...unanswered(ev, 'cut'), ...unanswered(ev, 'silent'), ...refused].flatMap((one): Draft[] => {
      const tags = helloTags(one, ev);
      if (!tags.includes('other_name_works') || (one.tls.alert !== null && !othersFinish(one, ev))) return [];
      const controls = ['other_name_same_address', 'no_name_same_address', 'sibling_host'] as const;
      return [
        {
          subject: tlsSubject(one, ev),
          evidence: [one.tls.id, ...controlIds(one.attempt, ev, ...controls)],
          explains: consequences(one, ev),
          tags,
          data: {
            afterMs: Number(tookMs(one.tls).toFixed(1)),
            silent: isSilent(one.tls),
            passes: ev
              .controlsAt(one.attempt, ...controls)
              .flatMap(({ tls }) =>
                tls !== null && (tls.failure === null || tls.gotServerBytes) ? [tls.sni ?? 'no name'] : [],
              ),
          },
        },
      ];
    });
  },
  describe(cause, ev) {
    const passes = (cause.data['passes'] as readonly string[] | undefined) ?? [];
    const host = safeHost(cause.subject.hosts[0]);
    const address = safeAddress(cause.subject.addresses[0]);
    return {
      title: cause.stillSilent
        ? `Something on the way drops or delays TLS connections that name ${hostList(cause)}`
        : `A filter on the way ${cause.data['silent'] === true ? 'drops' : 'cuts'} TLS connections that name ${hostList(cause)}`,
      why: sentence(
        `A ClientHello that names ${hostList(cause)} ${cause.data['silent'] === true ? 'got no answer' : `was cut off after ${ms(Number(cause.data['afterMs']))}`}.`,
        `The same address answered a ClientHello with ${list(passes.map((name) => (name === 'no name' ? 'no name' : `the name ${name}`)))}.`,
        'Only the name differs, so a filter on the way reads it.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team to exempt ${hostList(cause)} in the filter on server names (SNI, application control, URL filter).`,
        ),
        remedy('host', 'To show it, compare the answer with and without the name:', {
          command: `openssl s_client -connect ${address}:443 -servername ${host} </dev/null; openssl s_client -connect ${address}:443 -noservername </dev/null`,
        }),
      ],
    };
  },
});

/** Against an alert only a whole handshake counts: another alert would be no better answer. */
function othersFinish({ attempt }: TlsCase, ev: Evidence): boolean {
  return ev
    .controlsAt(attempt, 'other_name_same_address', 'no_name_same_address')
    .some(({ tls }) => tls?.failure === null);
}
