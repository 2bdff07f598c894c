/** Per leg: where it goes, by which route, with which trust. Pure. */
import type { LegSettings, Source } from '../model/agent.js';
import type { Leg } from '../model/route.js';
import type { DiscoverOptions } from './discover-options.js';
import type { LintContext } from './lint/context.js';
import type { ProxyChoice } from './proxy-choice.js';
import type { RoutePlan } from './routes.js';
import { UNREADABLE_URL_HOST } from './url.js';
import type { UrlReading } from './url.js';

const ENV_PATH = '/api/v1/env';

interface Place {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly hostSource: Source;
  readonly plain?: true;
}

function placeOf(reading: UrlReading, hostSource: Source, path: string | null): Place {
  if (reading.kind === 'unusable') return { host: UNREADABLE_URL_HOST, port: 443, path: path ?? '/', hostSource };
  const plain = reading.tls ? {} : { plain: true as const };
  return { host: reading.host, port: reading.port, path: path ?? reading.path, hostSource, ...plain };
}

/** Settings of the four legs; the documented hosts stand in until /env names others. */
export function legSettings(
  context: LintContext,
  plan: RoutePlan,
  options: DiscoverOptions,
): Readonly<Record<Leg, LegSettings>> {
  const { settings, claimUrl, linkUrl, rules } = context;
  const documented: Source = { kind: 'catalog', name: 'documented hosts', line: null };
  const make = (leg: Leg, place: Place, choice: ProxyChoice, routeId: string, checksName: boolean): LegSettings => {
    const insecure =
      leg === 'claim' ? settings.claim.insecure.on : settings.link.insecure.on && rules.linkHonoursInsecure;
    return {
      leg,
      ...place,
      routeId,
      routeSource: choice.source,
      routeWhy: choice.why,
      trustStoreId: leg === 'claim' ? 'claim' : 'link',
      insecure,
      ...(leg !== 'claim' && choice.endsLink === true ? { neverStarts: 'socks_in_file' as const } : {}),
      checksName: checksName && !(insecure && leg !== 'link'),
    };
  };
  const { auth, link } = options.documented;
  const onLink = (leg: Leg, place: Place, checksName: boolean): LegSettings =>
    make(leg, place, context.linkProxy, leg === 'link' ? plan.linkRouteId : plan.httpsRouteId, checksName);
  return {
    claim: make(
      'claim',
      placeOf(claimUrl, settings.claim.url.source, null),
      context.claimProxy,
      plan.claimRouteId,
      true,
    ),
    env: onLink('env', placeOf(linkUrl, settings.link.url.source, ENV_PATH), rules.httpsLegsCheckName),
    auth: onLink('auth', { ...auth, hostSource: documented }, rules.httpsLegsCheckName),
    link: onLink('link', { ...link, hostSource: documented }, rules.linkChecksName),
  };
}
