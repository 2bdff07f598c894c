import { certain, likely, OWN_RULES } from '../confidence.js';
import type { Attempt } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import type { OwnRules } from '../evidence/own-rules.js';
import { remedy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';

/**
 * A rule of this host sends the connection to a program of its own (istio, torify), which takes it and then lets it
 * down: no network saw a packet. Where nobody takes it, that is `host.local_firewall`.
 */
export const hostLocalRedirect = defineRule({
  id: 'host.local_redirect',
  title: 'This host redirects the connection to a program of its own, which fails',
  blames: 'host',
  confidence: [certain('own_rule_matches'), likely(OWN_RULES)],
  requires: ['read_local_firewall'],
  evaluate: (ev) => ev.path.flatMap((attempt) => letDown(attempt, ev)),
  describe(cause) {
    const manager = String(cause.data['manager'] ?? '');
    const where = String(cause.data['where'] ?? '');
    return {
      title: `This host redirects connections to ${hostList(cause)} to a program of its own, which fails`,
      why: sentence(
        `The rule at ${quote(where)} rewrites the destination before the packet leaves: ${quote(String(cause.data['rule'] ?? ''), 120)}.`,
        'A program took the connection there and gave no TLS answer.',
        'So that program fails, or what is behind it: no packet left this host for the cloud.',
      ),
      remedies: [
        remedy(
          'host',
          `Fix the program that listens where that rule of ${manager} leads, or exempt the cloud's names and the Agent's user from the rule.`,
          {
            command: manager.startsWith('iptables')
              ? `sudo ${manager.includes('legacy') ? 'iptables-legacy' : 'iptables'} -t nat -L OUTPUT -n -v --line-numbers`
              : 'sudo nft -a list ruleset',
          },
        ),
      ],
    };
  },
});

/** Ends of a handshake that are no answer: whoever gives one has looked at the ClientHello as a server does. */
const UNANSWERED = new Set(['connection_reset', 'eof_error', 'generic_timeout_error', 'connection_aborted']);

function letDown(attempt: Attempt, ev: Evidence): Draft[] {
  const { connect, tls } = attempt;
  if (connect === null || connect.failure !== null || tls === null || tls.failure === null) return [];
  if (!UNANSWERED.has(tls.failure.kind)) return [];
  const own: OwnRules = ev.ownRules([tls.id]);
  if (own.state !== 'bites' || own.rule.action !== 'redirect') return [];
  return [
    {
      subject: {
        hosts: [attempt.host],
        addresses: connect.address === null ? [] : [connect.address],
        routeIds: [attempt.routeId],
        legs: ev.legsOf(attempt),
      },
      evidence: [tls.id, own.read.id],
      explains: [tls.id],
      tags: ['own_rule_matches'],
      data: { where: own.rule.where, rule: own.rule.text, manager: own.read.manager },
    },
  ];
}
