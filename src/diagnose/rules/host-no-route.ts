import { BESIDES_RULES } from '../../model/besides.js';
import type { LocalFirewallRule } from '../../model/observation.js';
import { certain, likely } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { fateOf, usable } from '../../trace/connects.js';
import { remedy, safeAddress } from '../remedies.js';
import { hostList, list, quote, sentence } from '../text.js';
import { type Cause, type Data, defineRule, type Draft, type Wording } from '../rule.js';
import { idsOf, subjectOf } from './connect-drafts.js';
import { stoppedForAgent } from './stopped-for-agent.js';

/** No way out at all. One family missing while the other works is nothing: the Agent loses no time over it. */
export const hostNoRoute = defineRule({
  id: 'host.no_route',
  title: 'This host has no route to the internet',
  blames: 'host',
  confidence: [certain('read'), likely('The routing table: ip route; ip -6 route.')],
  requires: ['connect', 'read_host_network'],
  evaluate(ev) {
    return [
      ...fromConnects(ev),
      ...fromRoutingTable(ev),
      ...fromPolicy(ev),
      ...fromOwnRoutes(ev),
      ...toResolvers(ev),
      ...forTheAgent(ev),
    ];
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
    const own = connect === null ? null : ev.ownRules([connect.id]);
    if (connect === null || own?.state !== 'bites' || own.read.manager !== BESIDES_RULES.routing) return [];
    // A device that discards leaves us in silence; an entry that refuses says so at once.
    if (fate !== 'told' && fate !== 'own' && !(fate === 'silent' && own.rule.action === 'drop')) return [];
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
        data: entryData(own.rule),
      },
    ];
  });
}

function entryData({ where, text }: LocalFirewallRule): Data {
  const kind = where.startsWith('device ') ? 'discarding device' : DEAD_ROUTES.find((type) => text.includes(type));
  return { ownRoute: true, type: kind ?? 'unreachable', entry: where.startsWith('ip rule') ? `ip rule ${text}` : text };
}

/** Entries that keep questions from every resolver. */
function toResolvers(ev: Evidence): Draft[] {
  return ev.dns.lookups.flatMap((lookup): Draft[] => {
    if (lookup.failure === null) return [];
    const queries = (ev.dns.answers.get(lookup.hostname) ?? []).flatMap((answer) => answer.queries);
    const stopped = queries.flatMap((query) => {
      const own = query.failure === null || query.rcode !== null ? null : ev.ownRules([query.id]);
      return own?.state === 'bites' && own.read.manager === BESIDES_RULES.routing ? [{ query, own }] : [];
    });
    const [first] = stopped;
    if (first === undefined || stopped.length < queries.length) return [];
    const alive = [...ev.dns.liveness.values()]
      .flat()
      .filter(({ failure, rcode }) => failure !== null && rcode === null);
    return [
      {
        subject: {
          hosts: [lookup.hostname],
          resolvers: stopped.map(({ query }) => query.resolver),
          legs: ev.needs.flatMap(({ leg, target }) => (leg !== null && target.host === lookup.hostname ? [leg] : [])),
        },
        evidence: [lookup.id, ...stopped.map(({ query }) => query.id), first.own.read.id],
        explains: [lookup.id, ...stopped.map(({ query }) => query.id), ...alive.map(({ id }) => id)],
        tags: ['read'],
        key: 'own route dns',
        data: { ...entryData(first.own.rule), questions: true },
      },
    ];
  });
}

/** Entries, or rules by user, that stop the Agent alone: the doctor ran as another user and got through. */
function forTheAgent(ev: Evidence): Draft[] {
  const found = stoppedForAgent(ev, ({ manager }) => manager === BESIDES_RULES.routing);
  if (found === null) return [];
  const { rule, read: _, ...draft } = found;
  return [{ ...draft, tags: ['read'], key: 'own route agent', data: { ...entryData(rule), agentOnly: true } }];
}

function ownRouteWords(cause: Cause): Wording {
  const { type, entry, questions, agentOnly } = cause.data;
  const covered = questions === true ? cause.subject.resolvers : cause.subject.addresses;
  const stops = questions === true ? 'questions to the resolver' : `connections to ${hostList(cause)}`;
  return {
    title: `A route of this host (${String(type)}) stops ${stops}${agentOnly === true ? ' of the Agent' : ''}`,
    why: sentence(
      `The routing of this host holds ${quote(String(entry), 120)}${covered.length > 0 ? `, which covers ${list(covered)}` : ''}.`,
      type === 'discarding device'
        ? 'That device discards whatever it is given, as a kill switch of a VPN does, and no packet leaves.'
        : 'The operating system refuses such a connection itself, and no packet leaves.',
      agentOnly === true && 'The doctor ran as another user and got through; the entry is for the user of the Agent.',
    ),
    remedies: [
      remedy(
        'host',
        'See which route the kernel picks. Then remove that route, or add a more specific one that leads out.',
        {
          command:
            agentOnly === true
              ? 'ip rule; ip -6 rule; ip route show table all'
              : `ip route get ${safeAddress(covered[0] ?? cause.subject.addresses[0])}`,
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
