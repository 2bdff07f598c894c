/** A name with addresses of one family only, on a host that has only the other. */
import type { Family } from '../../model/observation.js';
import type { Prediction } from '../../model/prediction.js';
import { certain, likely } from '../confidence.js';
import { digCommand, remedy } from '../remedies.js';
import type { Draft, FindingRule, RuleHead } from '../rule.js';
import { hostList, hostsHave, sentence } from '../text.js';
import { idsOf, subjectOf } from './connect-drafts.js';

/** Up to 1.46.3 the last step of the link asks for IPv4 and for nothing else. */
function lackingForVersion({ leg, stops }: Prediction): Draft {
  const seen = stops === null ? [] : [stops];
  return { subject: { legs: [leg] }, evidence: seen, explains: seen, tags: ['read'], data: { byVersion: true } };
}

const ofVersion = (version: string) => ({
  title: 'The MQTT host has only IPv6 addresses, and this version needs IPv4',
  why: `Agent ${version} looks up the MQTT host with an old call that finds only IPv4 addresses; 1.47.0 and newer find both.`,
  remedies: [
    remedy('host', 'Update the Agent to 1.47.2 or newer.', { command: 'netdata -V' }),
    remedy('network', 'Or give this host IPv4, or a proxy that has IPv4.'),
  ],
});

function oneFamilyRule<const Id extends string>(words: RuleHead<Id> & { readonly family: Family }): FindingRule<Id> {
  const { family } = words;
  const given = `IPv${String(family)}`;
  const had = `IPv${family === 4 ? '6' : '4'}`;
  return {
    ...words,
    requires: ['connect', 'read_host_network'],
    evaluate(ev) {
      const network = ev.hostNetwork;
      const byVersion = family === 6 ? ev.predictions.filter(({ rule }) => rule === 'agent:dns.no_ipv4') : [];
      return [
        ...byVersion.map((one) => lackingForVersion(one)),
        ...ev.connects.flatMap(({ cells }): Draft[] => {
          if (cells.length === 0 || !cells.every((cell) => cell.family === family && cell.fate === 'no_family'))
            return [];
          const hasOther = family === 4 ? network?.defaultRoute6 : network?.defaultRoute4;
          const otherWorks = ev.timing.rtt(family === 4 ? 6 : 4) !== null;
          if (hasOther !== true && !otherWorks) return [];
          return [
            {
              subject: subjectOf(cells, ev),
              evidence: [...idsOf(cells), ...(network === null ? [] : [network.id])],
              explains: idsOf(cells),
              tags: hasOther === true ? ['read'] : ['other_family_works'],
            },
          ];
        }),
      ];
    },
    describe(cause, ev) {
      if (cause.data['byVersion'] === true) return ofVersion(ev.agent.version.value);
      return {
        title: `${hostsHave(cause)} only ${given} addresses here, and this host has only ${had}`,
        why: sentence(
          `The resolver gave no ${had} address. The ${given} addresses fail at once with "network unreachable": this host has no ${given} route.`,
          family === 4
            ? 'An IPv6-only network needs DNS64 and NAT64 to translate.'
            : 'The names of the cloud have IPv4 addresses, so the resolver filters A records.',
        ),
        remedies: [
          remedy(
            'host',
            family === 4
              ? 'Give this host IPv4, NAT64 with DNS64, or a proxy that has IPv4.'
              : `Ask the DNS team why the resolver gives no IPv4 address for ${hostList(cause)}.`,
            { command: digCommand(undefined, cause.subject.hosts[0]) },
          ),
        ],
      };
    },
  };
}

export const dnsIpv6OnlyAnswer = oneFamilyRule({
  id: 'dns.ipv6_only_answer',
  title: 'The name has only IPv6 addresses, and this host has no IPv6',
  blames: 'network',
  confidence: [certain('read'), likely('The routing table: ip -6 route.')],
  family: 6,
});

export const dnsIpv4OnlyAnswer = oneFamilyRule({
  id: 'dns.ipv4_only_answer',
  title: 'The name has only IPv4 addresses, and this host has no IPv4',
  blames: 'network',
  confidence: [certain('read'), likely('The routing table: ip route.')],
  family: 4,
});
