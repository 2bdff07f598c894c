/** The four answers that are no answer: one shape, told apart by what the resolver said. */
import type { FindingId } from '../../model/finding.js';
import type { AnswerKind } from '../evidence/dns.js';
import { digCommand, remedy } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { caseDraft, dnsCases, said } from './dns-cases.js';
import { staticDrafts, staticWords } from './static-lookups.js';

interface Words {
  readonly id: FindingId;
  readonly kind: AnswerKind;
  /** Another answer that this cause covers. */
  readonly orKind?: AnswerKind;
  readonly rcode: string;
  readonly title: (hosts: string) => string;
  readonly saw: (who: string, hosts: string) => string;
  /** What excludes the neighbours. */
  readonly not: string;
  readonly ask: string;
}

export function rcodeRule(words: Words): Rule {
  return {
    id: words.id,
    requires: ['dns_query'],
    evaluate(ev) {
      const kinds = words.orKind === undefined ? [words.kind] : [words.kind, words.orKind];
      const drafts = dnsCases(ev)
        .filter(({ failed, decisive }) => failed && (decisive === words.kind || decisive === words.orKind))
        .map((one) => {
          const kind = one.decisive ?? words.kind;
          const said = one.answers.find((answer) => answer.kind === kind)?.queries.find(({ rcode }) => rcode !== null);
          return { ...caseDraft(one, kind, ev), data: { rcode: said?.rcode ?? words.rcode } };
        });
      return [...drafts, ...staticDrafts(ev, ...kinds)];
    },
    describe(cause) {
      const ofBuild = staticWords(cause);
      if (ofBuild !== null) return ofBuild;
      return {
        title: words.title(hostList(cause)),
        why: sentence(
          `${words.saw(capital(said(cause)), hostList(cause))}.`,
          words.not,
          cause.tags.has('other_resolver_differs') && 'Another resolver does give an address, so the name exists.',
          cause.tags.has('known_address_genuine') &&
            'At its published address the name has a valid certificate, so the service is there.',
          cause.tags.has('all_resolvers_agree') &&
            cause.subject.resolvers.length > 1 &&
            'All configured resolvers say the same.',
        ),
        remedies: [
          remedy('dns', words.ask, {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]),
          }),
          remedy('host', 'If another resolver is meant for this host, put it into the resolver configuration.', {
            command: 'cat /etc/resolv.conf',
          }),
        ],
      };
    },
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
