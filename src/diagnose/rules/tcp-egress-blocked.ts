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
          ? 'Outbound TCP 443 is silently dropped, whatever the destination'
          : 'Nothing outside answers on TCP 443: outbound connections are silently dropped',
      why: sentence(
        `No address of ${hostList(cause)} answered a connection request within ${ms(Number(cause.data['waitedMs']))}, and no refusal came back either.`,
        cause.tags.has('neutral_fails') && 'An unrelated host on the same port stays silent as well.',
        cause.tags.has('local_network_works') && 'The local network itself works.',
        port && 'Another port of the same address answers, so it is the port that is blocked.',
        cause.tags.has('neutral_fails')
          ? 'A filter on destinations would let others through, and an outage of the cloud does not silence everybody.'
          : 'No unrelated destination was asked: a filter on these destinations alone would look the same. Run with --controls to tell them apart.',
      ),
      remedies: [
        askForEgress(cause, ev, cause.subject.hosts),
        tellAgentProxy(
          ev,
          'http://PROXY:PORT',
          'If servers leave this network through a proxy only, tell the Agent about the proxy instead.',
        ),
        addressList(ev),
      ],
    };
  },
});
