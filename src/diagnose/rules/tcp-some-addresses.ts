import { certain, excludingHost } from '../confidence.js';
import { works } from '../../trace/connects.js';
import { addressList, askForEgress } from '../remedies.js';
import { hostList, list, ms, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { cellData, idsOf, judgedCells, subjectOf, surroundings } from './connect-drafts.js';

/** Some of a name's addresses work, others do not: a list of addresses somewhere is out of date. */
export const tcpSomeAddresses = defineRule({
  id: 'tcp.some_addresses',
  title: 'Only some addresses of the name can be reached',
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
      title: `Only some addresses of ${hostList(cause)} can be reached`,
      why: sentence(
        `${list(working)} ${working.length === 1 ? 'accepts' : 'accept'} connections, ${list(failing)} ${failing.length === 1 ? 'does' : 'do'} not${silent ? ` (silent for ${ms(Number(cause.data['waitedMs']))})` : ''}`,
        'Name and port are fine: the address makes the difference, as with an allow-list that is out of date.',
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
    return 'The Agent takes the addresses in the order the resolver gives them and gives up at the first silent one (about 20 s), although curl on the same host goes on to the next.';
  }
  if (severity === 'risks') {
    return silent
      ? 'Whether the Agent meets a silent address first depends on the order in which the resolver gives them, and that order changes.'
      : 'A refusal costs the Agent nothing, it takes the next address; a silent one would stop it.';
  }
  return 'The Agent does not get as far as the failing ones today.';
}
