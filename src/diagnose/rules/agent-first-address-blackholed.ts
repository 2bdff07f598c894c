import { certain, excludingHost } from '../confidence.js';
import { fateOf, ipv6BrokenAt, works } from '../../trace/connects.js';
import type { Evidence } from '../evidence.js';
import { addressList, askForEgress, remedy, restartAgent, safeHost } from '../remedies.js';
import { hostList, list, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { idsOf, subjectOf } from './connect-drafts.js';
import { connectsByProxy } from './proxy-cases.js';

/** What ends the Agent's walk over the addresses although others are left. */
const ENDS_LOOP = new Set([
  'agent:tcp.timeout_ends_loop',
  'agent:tcp.socket_failed_ends_loop',
  'agent:tcp.order_rotates',
  'agent:tcp.timeout',
]);

/**
 * The Agent gives up at the first silent address although another one works, and curl is content. Broken IPv6 is a
 * cause of its own; an address that it never comes to is `tcp.some_addresses`.
 */
export const agentFirstAddressBlackholed = defineRule({
  id: 'agent.first_address_blackholed',
  title: 'The Agent stops at a silent address although another one works',
  blames: 'network',
  confidence: excludingHost(certain('other_address_works')),
  requires: ['connect'],
  evaluate(ev) {
    return [...atTargets(ev), ...atProxies(ev)];
  },
  describe(cause, ev) {
    const working = (cause.data['working'] as readonly string[] | undefined) ?? [];
    if (cause.data['noSocket'] === true) {
      return {
        title: `The Agent stops at an address of ${hostList(cause)} for which this host has no socket`,
        why: sentence(
          `${list(cause.subject.addresses)} comes first, and this host has that address family switched off.`,
          `The Agent ends its attempt there and does not try ${list(working)}. curl goes on.`,
        ),
        remedies: [
          remedy(
            'host',
            'Make name resolution prefer the address family that this host has, or switch the other one on.',
            {
              lines: [{ file: '/etc/gai.conf', text: 'precedence ::ffff:0:0/96  100' }],
              command: `getent ahosts ${safeHost(cause.subject.hosts[0])}`,
            },
          ),
        ],
        blames: 'host',
      };
    }
    return {
      title: `The Agent stops at a silent address of ${hostList(cause)} although another one works`,
      why: sentence(
        `${list(cause.subject.addresses)} comes first and stayed silent.`,
        `The Agent waits about 20 s for it, then gives up without trying ${list(working)}. curl tries them all.`,
      ),
      remedies: [
        askForEgress(cause, ev, cause.subject.hosts, Number(cause.data['port'] ?? 443)),
        addressList(ev, ' Ask them to reject what they do not allow: after a refusal the Agent goes on at once.'),
        restartAgent(ev, 'Then restart the Agent: its waits between attempts have grown.'),
      ],
    };
  },
});

function endsLoop(id: string, ev: Evidence): boolean {
  return ev.predictions.some(({ stops, rule }) => stops === id && ENDS_LOOP.has(rule));
}

function atTargets(ev: Evidence): Draft[] {
  return ev.connects.flatMap((host): Draft[] => {
    const six = ipv6BrokenAt(ev.connects).has(host);
    const working = host.cells.filter(works);
    const stopping = host.cells.filter(
      ({ fate, seen, family }) =>
        ((fate === 'silent' && !(six && family === 6)) || fate === 'no_family') &&
        seen.some(({ id }) => endsLoop(id, ev)),
    );
    if (working.length === 0 || stopping.length === 0) return [];
    return [
      {
        subject: subjectOf(stopping, ev),
        evidence: [...idsOf(stopping), ...idsOf(working)],
        explains: idsOf(stopping),
        tags: ['other_address_works'],
        data: {
          working: working.map(({ address }) => address),
          noSocket: stopping.every(({ fate }) => fate === 'no_family'),
        },
      },
    ];
  });
}

/** The same on the way to a proxy whose name has several addresses. */
function atProxies(ev: Evidence): Draft[] {
  return [...connectsByProxy(ev)].flatMap(([host, own]): Draft[] => {
    const working = own.filter(({ failure }) => failure === null);
    const silent = own.filter((seen) => fateOf(seen, ev.hostNetwork) === 'silent');
    const stopping = silent.filter(({ id }) => endsLoop(id, ev));
    const [first] = stopping;
    if (first === undefined || working.length === 0) return [];
    return [
      {
        subject: { hosts: [host], addresses: stopping.flatMap(({ address }) => address ?? []) },
        evidence: [...silent, ...working].map(({ id }) => id),
        explains: silent.map(({ id }) => id),
        tags: ['other_address_works'],
        key: `proxy ${host}`,
        data: {
          working: [...new Set(working.flatMap(({ address }) => address ?? []))],
          noSocket: false,
          port: first.port,
        },
      },
    ];
  });
}
