import { digCommand, remedy } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { caseDraft, dnsCases, said } from './dns-cases.js';

/** The resolver lives, yet says nothing about these names. */
export const dnsTimeout: Rule = {
  id: 'dns.timeout',
  requires: ['dns_query', 'resolver_liveness'],
  evaluate(ev) {
    return dnsCases(ev)
      .filter(({ failed, decisive }) => failed && decisive === 'silent')
      .map((one) => ({ ...one, answers: one.answers.filter(({ resolver }) => ev.dns.alive.get(resolver) === true) }))
      .filter(({ answers }) => answers.length > 0)
      .map((one) => caseDraft(one, 'silent', ev));
  },
  describe(cause) {
    return {
      title: `The resolver does not answer for ${hostList(cause)}`,
      why: sentence(
        `${said(cause)} answered other questions in this run, and nothing at all for ${hostList(cause)}.`,
        'A dead resolver would answer nothing, a denial would be an answer: either a filter swallows the question, or the resolver waits for a forwarder that does not answer for this domain.',
      ),
      remedies: [
        remedy(
          'dns',
          'Ask the DNS team what happens to questions for this domain: filter, forwarder, or a firewall between resolver and internet.',
          {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0], '+tries=1'),
          },
        ),
      ],
    };
  },
};
