import { certain } from '../confidence.js';
import type { Leg } from '../../model/route.js';
import { hasChain, isGenuine, isGoodFor } from '../../trace/trust.js';
import type { Attempt } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { askForEgress, tellAgentProxy } from '../remedies.js';
import { hostList, quote, sentence, stepNames } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { nameOf } from './proxy-cases.js';

/** The Agent goes direct and gets nowhere; a proxy that this host knows of would have let it through. */
export const proxyNeeded = defineRule({
  id: 'proxy.needed',
  title: 'The Agent does not use the proxy that works, and the direct way is blocked',
  blames: 'agent_config',
  confidence: [certain('proxy_works', 'seen_failing')],
  requires: ['connect', 'proxy_connect'],
  evaluate(ev) {
    const direct = ev.needs.filter(({ leg, routeId }) => leg !== null && routeId === 'direct');
    const blocked = direct.filter(({ prediction }) => prediction?.outcome === 'will_fail');
    // Where some hosts are reached directly, the direct way is meant to work, and what fails is a hole in its rules.
    const reached = direct.some(({ attempts }) => attempts.some(({ tls }) => tls !== null && tls.failure === null));
    if (blocked.length === 0 || reached) return [];
    return blocked.flatMap(({ leg, target, prediction }): Draft[] => {
      if (leg === null) return [];
      const through = ev
        .alternatives(target.host)
        .filter((attempt) => isProxied(attempt, ev) && getsThrough(attempt, leg, ev));
      const [best] = through;
      const entry = ev.route(best?.routeId ?? null);
      if (best === undefined || entry === null || entry.route.kind === 'direct') return [];
      const troubles = [...ev.troubles([leg]), ...(prediction?.stops == null ? [] : [prediction.stops])];
      return [
        {
          subject: { hosts: [target.host], legs: [leg], routeIds: ['direct', best.routeId] },
          evidence: [...troubles, ...best.steps.map(({ id }) => id)],
          explains: troubles,
          tags: ['proxy_works', 'seen_failing'],
          data: {
            proxy: nameOf(entry.route.proxy),
            proxyUrl: urlOf(entry.route.kind, nameOf(entry.route.proxy)),
            origin: entry.origin,
          },
        },
      ];
    });
  },
  describe(cause, ev) {
    const url = String(cause.data['proxyUrl']);
    return {
      title: `The direct way is blocked, and the Agent does not use the proxy ${quote(String(cause.data['proxy']))}, which works`,
      why: sentence(
        `This host cannot reach ${hostList(cause)} directly (${stepNames(cause.subject.legs)}).`,
        `The genuine service answers through the proxy (known from ${String(cause.data['origin'])}).`,
        'So the network wants a proxy here, and nobody told the Agent.',
      ),
      remedies: [
        tellAgentProxy(
          ev,
          /^[a-z0-9]+:\/\/[A-Za-z0-9.[\]:-]+$/u.test(url) ? url : 'http://PROXY:PORT',
          "Write the proxy into the Agent's own configuration: it does not see the environment of your shell.",
        ),
        askForEgress(cause, ev, cause.subject.hosts),
      ],
    };
  },
});

function isProxied({ routeId }: Attempt, ev: Evidence): boolean {
  const entry = ev.route(routeId);
  return entry !== null && entry.route.kind !== 'direct';
}

/** The genuine service answered through it. */
function getsThrough({ tls }: Attempt, leg: Leg, ev: Evidence): boolean {
  return isGenuine(tls) || (hasChain(tls) && isGoodFor(tls, ev.agent.legs[leg]));
}

/** The link understands these schemes (docs/reference/agent.md#link-proxy-choice). */
function urlOf(kind: string, proxy: string): string {
  return `${kind === 'socks5' ? 'socks5h' : 'http'}://${proxy}`;
}
