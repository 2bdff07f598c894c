import { tookMs } from '../../trace/silence.js';
import { certain, likely, possible, CONTROLS, excludingHost } from '../confidence.js';
import type { ObservationId } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import { fateOf, ipv6BrokenAt, usable, works } from '../../trace/connects.js';
import type { Evidence } from '../evidence.js';
import { remedy } from '../remedies.js';
import { list, ms, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { cellData, idsOf, subjectOf, surroundings } from './connect-drafts.js';
import { connectsByProxy } from './proxy-cases.js';

/** IPv6 is offered (AAAA records, a route) and no IPv6 address works, while IPv4 does. */
export const tcpIpv6Broken = defineRule({
  id: 'tcp.ipv6_broken',
  title: 'IPv6 is offered but does not work',
  blames: 'network',
  confidence: excludingHost(
    certain('other_family_works', 'siblings_fail'),
    likely(CONTROLS, 'other_family_works'),
    possible(CONTROLS),
  ),
  requires: ['connect'],
  evaluate(ev) {
    return [...atTargets(ev), ...atProxies(ev)];
  },
  describe(cause, ev) {
    const silent = cause.data['silent'] === true;
    const off = cause.data['switchedOff'];
    const seconds = Math.max(0, ...ev.predictions.map(({ agentSeconds }) => agentSeconds ?? 0));
    return {
      title: silent ? 'IPv6 leads nowhere, IPv4 works' : 'Something refuses IPv6 connections, IPv4 works',
      why: sentence(
        `${list(cause.subject.addresses)} ${silent ? `stayed silent for ${ms(Number(cause.data['waitedMs']))}` : 'refused at once'}, while the IPv4 addresses of the same names accept connections.`,
        silent &&
          'The Agent usually tries IPv6 first; a silent address costs it about 20 s, and only its next attempt uses IPv4.',
        silent && 'curl hides this: it tries both families at once.',
        silent &&
          cause.severity !== 'notes' &&
          seconds > 0 &&
          `On this host the link needs about ${String(Math.round(seconds))} s to come up.`,
        Array.isArray(off) &&
          off.length > 0 &&
          `After its first time-out the Agent stops using IPv6, and ${list(off.map(String))} ${new Set(off).size > 1 ? 'have' : 'has'} no IPv4 address.`,
        !silent && 'A refusal costs the Agent no time: it goes on to IPv4 at once.',
      ),
      remedies: [
        remedy(
          'network',
          'Let TCP 443 out over IPv6 as over IPv4, or reject it (reset or ICMP) instead of dropping it.',
        ),
        remedy(
          'host',
          'If this network has no working IPv6, remove the IPv6 default route or address of this host, so that IPv6 fails at once.',
          {
            command: 'ip -6 route show default',
          },
        ),
      ],
    };
  },
});

function atTargets(ev: Evidence): Draft[] {
  const broken = ipv6BrokenAt(ev.connects);
  if (broken.size === 0) return [];
  const six = usable([...broken].flatMap((host) => host.cells)).filter(({ family }) => family === 6);
  const four = ev.connects.flatMap((host) => host.cells).filter((cell) => cell.family === 4 && works(cell));
  const hosts = new Set(six.map(({ host }) => host));
  const { stops, legs } = switchedOff(ev);
  return [
    {
      subject: subjectOf(six, ev),
      evidence: [...idsOf(six), ...idsOf(four), ...stops],
      explains: [...idsOf(six), ...stops],
      ...(ev.predictions.some(({ rule }) => rule === 'agent:works.after_ipv6_timeout')
        ? { floor: 'risks' as const }
        : {}),
      tags: [
        'other_family_works',
        ...(hosts.size > 1 ? (['siblings_fail'] as const) : []),
        ...surroundings(six, ev).filter((tag) => tag !== 'siblings_fail'),
      ],
      data: {
        ...cellData(six, ev),
        silent: six.some(({ fate }) => fate === 'silent'),
        works: four.map(({ address }) => address),
        switchedOff: legs.map((leg) => ev.agent.legs[leg].host),
      },
    },
  ];
}

/** Legs whose hosts have IPv6 addresses only: the time-out of another host takes IPv6 away from them, too. */
function switchedOff(ev: Evidence): { readonly stops: readonly ObservationId[]; readonly legs: readonly Leg[] } {
  const off = ev.predictions.filter(({ rule }) => rule === 'agent:tcp.ipv6_switched_off');
  return { stops: off.flatMap(({ stops }) => stops ?? []), legs: off.map(({ leg }) => leg) };
}

/** The same at a proxy: its IPv6 address fails, its IPv4 one is reached. */
function atProxies(ev: Evidence): Draft[] {
  return [...connectsByProxy(ev)].flatMap(([host, own]): Draft[] => {
    const six = own.filter(({ family }) => family === 6);
    const failed = six.filter((seen) => ['silent', 'reset', 'told'].includes(fateOf(seen, ev.hostNetwork)));
    const four = own.filter(({ family, failure }) => family === 4 && failure === null);
    if (failed.length === 0 || failed.length < six.length || four.length === 0) return [];
    return [
      {
        subject: { hosts: [host], addresses: failed.flatMap(({ address }) => address ?? []), families: [6] },
        evidence: [...failed, ...four].map(({ id }) => id),
        explains: failed.map(({ id }) => id),
        ...(ev.predictions.some(({ rule }) => rule === 'agent:works.after_ipv6_timeout')
          ? { floor: 'risks' as const }
          : {}),
        tags: ['other_family_works'],
        key: `proxy ${host}`,
        data: {
          waitedMs: Math.round(Math.max(...failed.map(tookMs))),
          silent: failed.some((seen) => fateOf(seen, ev.hostNetwork) === 'silent'),
          works: four.flatMap(({ address }) => address ?? []),
        },
      },
    ];
  });
}
