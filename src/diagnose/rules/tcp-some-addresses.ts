import { certain, excludingHost } from '../confidence.js';
import { works } from '../../trace/connects.js';
import { addressList, askForEgress } from '../remedies.js';
import { hostList, list, ms, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { cellData, idsOf, judgedCells, subjectOf, surroundings } from './connect-drafts.js';

/** Some of a name's addresses work, others do not: a list of addresses somewhere is out of date. */
export const tcpSomeAddresses = defineRule({
  id: 'tcp.some_addresses',
  title: 'This host reaches only some addresses of the name',
  blames: 'network',
  confidence: excludingHost(certain('other_address_works')),
  requires: ['connect'],
  evaluate(ev) {
    return ev.connects.flatMap((host): Draft[] => {
      const cells = judgedCells(host, ev);
      const failing = cells.filter((cell) => !works(cell));
      const working = cells.filter(works);
      if (failing.length === 0 || working.length === 0) return [];
      return [
        {
          subject: subjectOf(failing, ev),
          evidence: [...idsOf(failing), ...idsOf(working)],
          explains: idsOf(failing),
          tags: ['other_address_works', ...surroundings(failing, ev)],
          data: {
            ...cellData(failing, ev),
            working: working.map(({ address }) => address),
            failing: failing.map(({ address }) => address),
            silent: failing.some(({ fate }) => fate === 'silent'),
          },
        },
      ];
    });
  },
  describe(cause, ev) {
    const failing = (cause.data['failing'] as readonly string[] | undefined) ?? [];
    const working = (cause.data['working'] as readonly string[] | undefined) ?? [];
    const silent = cause.data['silent'] === true;
    return {
      title: `This host reaches only some addresses of ${hostList(cause)}`,
      why: sentence(
        `${list(working)} ${working.length === 1 ? 'accepts' : 'accept'} connections, ${list(failing)} ${failing.length === 1 ? 'does' : 'do'} not${silent ? ` (silent for ${ms(Number(cause.data['waitedMs']))})` : ''}.`,
        'Only the address makes the difference, as with an allow-list that is out of date.',
        fateOfAgent(cause.severity, silent),
      ),
      remedies: [
        askForEgress(
          cause,
          ev,
          ev.connects.filter(({ host }) => cause.subject.hosts.includes(host)).map(({ host }) => host),
        ),
        addressList(ev),
      ],
    };
  },
});

function fateOfAgent(severity: string, silent: boolean): string {
  if (severity === 'blocks') {
    return 'The Agent tries addresses in the order of the resolver and gives up at the first silent one (about 20 s); curl goes on.';
  }
  if (severity === 'risks') {
    return silent
      ? 'The Agent fails whenever the resolver puts a silent address first, and that order changes.'
      : 'After a refusal the Agent tries the next address; a silent one would stop it.';
  }
  return 'Today the Agent does not come to the failing ones.';
}
