import { certain, likely, possible, CONTROLS, excludingHost } from '../confidence.js';
import { isCutOff } from '../../trace/connects.js';
import { addressList, askForEgress, tellAgentProxy } from '../remedies.js';
import { hostList, ms, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { cellData, cutOffCells, idsOf, judgedCells, subjectOf, surroundings } from './connect-drafts.js';

/** Silence from everybody on the port, so the destination is not the point. */
export const tcpEgressBlocked = defineRule({
  id: 'tcp.egress_blocked',
  title: 'Nothing outside answers on the port',
  blames: 'network',
  confidence: excludingHost(
    certain('neutral_fails', 'local_network_works'),
    likely(CONTROLS, 'siblings_fail', 'local_network_works'),
    possible(CONTROLS),
  ),
  requires: ['connect', 'neutral_host'],
  evaluate(ev) {
    const cells = cutOffCells(ev, 'silent');
    const allSilent = ev.connects.every(
      (host) => isCutOff(host) && judgedCells(host, ev).every(({ fate }) => fate === 'silent'),
    );
    if (cells.length === 0 || !allSilent) return [];
    const tags = surroundings(cells, ev);
    const everybody = tags.includes('siblings_fail') || tags.includes('neutral_fails');
    if (!everybody || tags.includes('neutral_works')) return [];
    return [
      {
        subject: subjectOf(cells, ev),
        evidence: idsOf(cells),
        explains: idsOf(cells),
        tags,
        data: cellData(cells, ev),
      },
    ];
  },
  describe(cause, ev) {
    const port = cause.tags.has('other_port_works');
    return {
      title:
        port && cause.tags.has('neutral_fails')
          ? 'Something silently drops all outbound TCP 443'
          : 'Something silently drops outbound connections on TCP 443',
      why: sentence(
        `No address of ${hostList(cause)} answered a connection request within ${ms(Number(cause.data['waitedMs']))}, not even with a refusal.`,
        cause.tags.has('neutral_fails') && 'An unrelated host is silent on the same port, too.',
        cause.tags.has('local_network_works') && 'The local network itself works.',
        port && 'Another port of the same address answers, so only this port is blocked.',
        cause.tags.has('neutral_fails')
          ? 'So it is neither a filter on these destinations nor an outage of the cloud.'
          : 'The doctor asked no unrelated host, so a filter on these destinations alone would look the same.',
      ),
      remedies: [
        askForEgress(cause, ev, cause.subject.hosts),
        tellAgentProxy(ev, 'http://PROXY:PORT', 'If servers here must use a proxy, tell the Agent about it instead.'),
        addressList(ev),
      ],
    };
  },
});
