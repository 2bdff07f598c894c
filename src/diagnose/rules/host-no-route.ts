import { certain, likely } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { fateOf, usable } from '../../trace/connects.js';
import { remedy, safeAddress } from '../remedies.js';
import { hostList, list, quote, sentence } from '../text.js';
import { type Cause, defineRule, type Draft, type Wording } from '../rule.js';
import { idsOf, subjectOf } from './connect-drafts.js';

/** No way out at all. One family missing while the other works is nothing: the Agent loses no time over it. */
export const hostNoRoute = defineRule({
  id: 'host.no_route',
  title: 'This host has no route to the internet',
  blames: 'host',
  confidence: [certain('read'), likely('The routing table: ip route; ip -6 route.')],
  requires: ['connect', 'read_host_network'],
  evaluate(ev) {
    return [...fromConnects(ev), ...fromRoutingTable(ev), ...fromPolicy(ev), ...fromOwnRoutes(ev)];
  },
  describe(cause, ev) {
    if (cause.data['ownRoute'] === true) return ownRouteWords(cause);
    const { uid, user } = ev.input.environment;
    if (cause.data['policy'] === true) {
      const whose = uid === null || uid === 0 ? 'of this host' : `of user ${quote(user ?? String(uid), 32)}`;
      return {
        title: `Packets ${whose} have no route`,
        why: sentence(
          'Questions to the resolver and connections to the cloud failed at once with "network unreachable", and no packet left.',
          'There is a default route, so a rule of policy routing (by user, mark or interface) or a VPN keeps packets from it.',
        ),
        remedies: [
          remedy('host', 'Look at the rules of policy routing, and at the route that the kernel picks for this user.', {
            command: `ip rule; ip route get 192.0.2.1${uid === null ? '' : ` uid ${String(uid)}`}`,
          }),
        ],
      };
    }
    return {
      title: 'This host has no route to the internet',
      why: sentence(
        cause.tags.has('read') && 'The routing table has no default route for IPv4 or IPv6.',
        cause.subject.addresses.length > 0 &&
          'Connections failed at once with "network unreachable", and no packet left this host.',
        'A firewall or an outage would have taken longer or answered.',
      ),
      remedies: [
        remedy('host', 'Give this host a default route, or a proxy on the local network that has one.', {
          command: 'ip route show default; ip -6 route show default',
        }),
      ],
    };
  },
});

function hasNoDefault(ev: Evidence): boolean {
  return ev.hostNetwork?.defaultRoute4 === false && ev.hostNetwork.defaultRoute6 === false;
}

/** Every address of every name fails at once, in every family that was tried. */
function fromConnects(ev: Evidence): Draft[] {
  const cells = ev.connects.flatMap((host) => host.cells);
  if (cells.length === 0 || usable(cells).length > 0) return [];
  const families = new Set(cells.map(({ family }) => family));
  // Only one family offered, and the host has the other: that is the name's fault (dns.ipv4_only_answer and its twin).
  const other =
    families.size > 1 ? false : families.has(4) ? ev.hostNetwork?.defaultRoute6 : ev.hostNetwork?.defaultRoute4;
  if (other === true) return [];
  const read = hasNoDefault(ev) && ev.hostNetwork !== null ? [ev.hostNetwork.id] : [];
  return [
    {
      subject: subjectOf(cells, ev),
      evidence: [...idsOf(cells), ...read],
      explains: [...idsOf(cells), ...localFailures(ev)],
      tags: read.length > 0 ? ['read'] : [],
    },
  ];
}

/** Not even a resolver was reached, so there is no address to try. */
function fromRoutingTable(ev: Evidence): Draft[] {
  if (!hasNoDefault(ev) || ev.hostNetwork === null || ev.connects.length > 0) return [];
  const failures = localFailures(ev);
  if (failures.length === 0) return [];
  return [
    {
      subject: { legs: ev.needs.flatMap(({ leg, routeId }) => (leg !== null && routeId === 'direct' ? [leg] : [])) },
      evidence: [ev.hostNetwork.id, ...failures],
      explains: failures,
      tags: ['read'],
    },
  ];
}

/** Questions and lookups that could not leave, also those that were asked to see whether a resolver lives. */
function localFailures(ev: Evidence): readonly string[] {
  const lookups = ev.dns.lookups.filter(({ failure }) => failure !== null);
  const asked = [...ev.dns.answers.values()].flat().flatMap(({ queries }) => queries);
  const questions = [...asked, ...[...ev.dns.liveness.values()].flat()].filter(({ failure }) => failure !== null);
  const gone = questions.filter(
    ({ failure }) => failure?.kind === 'network_unreachable' || failure?.kind === 'network_down',
  );
  return gone.length === 0 ? [] : [...lookups, ...questions].map(({ id }) => id);
}

/** Kinds of routes that stop a packet here (ip-route(8)). */
const DEAD_ROUTES = ['unreachable', 'prohibit', 'blackhole'] as const;

/** Entries of this host's own routing table that refuse: a connection fails at once, and no packet leaves. */
function fromOwnRoutes(ev: Evidence): Draft[] {
  return ev.path.flatMap((attempt): Draft[] => {
    const { connect } = attempt;
    const fate = connect === null ? 'works' : fateOf(connect, ev.hostNetwork);
    if (connect === null || (fate !== 'told' && fate !== 'own')) return [];
    const own = ev.ownRules([connect.id]);
    if (own.state !== 'bites' || own.read.manager !== 'routing') return [];
    const entry = own.rule.text;
    const kind = entry.split(' ', 1)[0];
    return [
      {
        subject: {
          hosts: [connect.host],
          addresses: connect.address === null ? [] : [connect.address],
          families: [connect.family],
          routeIds: [attempt.routeId],
          legs: ev.legsOf(attempt),
        },
        evidence: [connect.id, own.read.id],
        explains: [connect.id],
        tags: ['read'],
        key: 'own route',
        data: {
          ownRoute: true,
          type: DEAD_ROUTES.find((type) => type === kind) ?? 'unreachable',
          entry,
        },
      },
    ];
  });
}

function ownRouteWords(cause: Cause): Wording {
  const { type, entry } = cause.data;
  return {
    title: `A route of this host (${String(type)}) stops connections to ${hostList(cause)}`,
    why: sentence(
      `The routing table of this host holds ${quote(String(entry), 120)}, which covers ${list(cause.subject.addresses)}.`,
      'The operating system refuses such a connection itself, and no packet leaves.',
    ),
    remedies: [
      remedy(
        'host',
        'See which route the kernel picks. Then remove that route, or add a more specific one that leads out.',
        {
          command: `ip route get ${safeAddress(cause.subject.addresses[0])}`,
        },
      ),
    ],
  };
}

/** There is a default route, and still nothing leaves: neither to a resolver nor to the published addresses. */
function fromPolicy(ev: Evidence): Draft[] {
  if (hasNoDefault(ev) || ev.hostNetwork === null || ev.connects.length > 0) return [];
  const questions = [...ev.dns.answers.values()].flat().flatMap(({ queries }) => queries);
  const tries = ev.controls('known_address').flatMap(({ connect }) => (connect === null ? [] : [connect]));
  const steps = [...questions, ...tries];
  // For UDP it is the operating system's own word: an ICMP message is no error of such a socket (ip(7), IP_RECVERR).
  const stuck = steps.every(({ failure }) => failure?.kind === 'network_unreachable');
  if (questions.length === 0 || tries.length === 0 || !stuck) return [];
  if (questions.some(({ transport }) => transport !== 'udp')) return [];
  const lookups = ev.dns.lookups.filter(({ failure }) => failure !== null);
  return [
    {
      subject: { legs: ev.needs.flatMap(({ leg, routeId }) => (leg !== null && routeId === 'direct' ? [leg] : [])) },
      evidence: [ev.hostNetwork.id, ...steps.map(({ id }) => id)],
      explains: [...lookups, ...questions, ...[...ev.dns.liveness.values()].flat()].map(({ id }) => id),
      tags: [],
      data: { policy: true },
    },
  ];
}
