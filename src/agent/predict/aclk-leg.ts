import type { Route } from '../../model/route.js';
import { REQUEST_SECONDS } from '../patience.js';
import { walkAsAclk } from './aclk-walk.js';
import { judgeAuth, judgeEnv } from './https-legs.js';
import { fails, Trail, unseen, type Judged, type Stop } from './judged.js';
import { judgeMqtt, judgeUpgrade, riskLater } from './link-leg.js';
import { passNames, resolveNames } from './names.js';
import { judgeProxy } from './proxy-stage.js';
import type { PredictRules } from './rules.js';
import { judgeTls } from './tls-stage.js';
import { tookMs } from '../../trace/silence.js';
import { familyOf, type Chain, type LegView } from './view.js';

export interface AclkJudged extends Judged {
  /** The attempt ended on a silent IPv6 address: later attempts of the session leave IPv6 out. */
  readonly ipv6Timeout: boolean;
}

/** One leg of the link, for each order of addresses that was seen. */
export function judgeAclkLeg(view: LegView, rules: PredictRules, skipIpv6: boolean): readonly AclkJudged[] {
  const { settings } = view;
  if (settings.neverStarts !== undefined) {
    const at = view.readFrom(settings.routeSource.name);
    return [
      { ...new Trail().end({ outcome: 'will_fail', rule: 'config.link_stopped', at, seconds: 0 }), ipv6Timeout: false },
    ];
  }
  if (view.route === null) return [{ ...new Trail().end(unseen()), ipv6Timeout: false }];
  const { namedBy, port } = view.endpoint;
  if (port === 0 && namedBy) return [{ ...new Trail().end(fails('env.port_missing', namedBy)), ipv6Timeout: false }];
  const names = resolveNames(view, view.peer.host);
  if (!names.ok) return [{ ...new Trail().end(names.stop), ipv6Timeout: false }];
  const withoutIpv4 = noIpv4(view, names, rules);
  if (withoutIpv4 !== null) return [{ ...new Trail().end(withoutIpv4), ipv6Timeout: false }];
  return names.orders.map((order) => {
    const trail = new Trail();
    passNames(trail, names);
    const walk = walkAsAclk(view, orderOf(view, order, rules), skipIpv6, rules);
    for (const { connect, seconds } of walk.passed) trail.passed(connect, seconds);
    if (walk.kind === 'stopped') return { ...trail.end(walk.stop), ipv6Timeout: walk.ipv6Timeout };
    trail.passed(walk.chain.connect);
    const stop = judgeChain(view, walk.chain, rules, trail);
    return { ...trail.end(stop), ipv6Timeout: false };
  });
}

/** Up to 1.46.3 the MQTT step knows the first IPv4 address and no other. */
function orderOf(view: LegView, order: readonly string[], { mqttLookup }: PredictRules): readonly string[] {
  if (view.leg !== 'link' || mqttLookup === 'getaddrinfo') return order;
  return order.filter((address) => familyOf(address) === 4).slice(0, 1);
}

type Found = Extract<ReturnType<typeof resolveNames>, { ok: true }>;

function noIpv4(view: LegView, { orders, at }: Found, rules: PredictRules): Stop | null {
  const lacks = orders.every((order) => orderOf(view, order, rules).length === 0);
  if (!lacks || orders.every((order) => order.length === 0)) return null;
  return at === null ? unseen() : fails('dns.no_ipv4', at);
}

function judgeChain(view: LegView, chain: Chain, rules: PredictRules, trail: Trail): Stop | null {
  return (
    throughProxy(view, chain, rules, trail) ??
    throughTls(view, chain, rules, trail) ??
    atTheService(view, chain, rules, trail)
  );
}

function throughProxy(view: LegView, chain: Chain, rules: PredictRules, trail: Trail): Stop | null {
  const { route } = view;
  if (route === null || route.kind === 'direct') return null;
  const local = resolvesLocally(route) ? resolveForSocks(view, trail) : null;
  if (local !== null) return local;
  if (chain.proxy === null) return unseen();
  const seconds = view.leg === 'link' ? rules.connectSecondsOnLink : REQUEST_SECONDS;
  const stop = judgeProxy(chain.proxy, view.leg, seconds, rules);
  if (stop !== null) return stop;
  // It answered us, and later than the Agent waits.
  const inPieces = view.leg === 'link' && rules.connectReader === 'strict';
  if (!inPieces && tookMs(chain.proxy) > seconds * 1000) {
    return fails(chain.proxy.protocol === 'socks5' ? 'socks.no_reply' : 'proxy.no_reply', chain.proxy, seconds);
  }
  trail.passed(chain.proxy);
  return null;
}

const resolvesLocally = (route: Route): boolean => route.kind === 'socks5' && route.resolveAt === 'local';

/**
 * socks5 looks the host up here and hands over its first IPv4 address, else the first one
 * (docs/reference/agent.md#socks5).
 */
function resolveForSocks(view: LegView, trail: Trail): Stop | null {
  const names = resolveNames(view, view.endpoint.host);
  if (!names.ok) {
    const { stop } = names;
    return stop.rule === 'dns.unresolvable' ? { ...stop, rule: 'socks.target_unresolvable' } : stop;
  }
  passNames(trail, names);
  return null;
}

function throughTls(view: LegView, chain: Chain, rules: PredictRules, trail: Trail): Stop | null {
  if (chain.tls === null) return unseen();
  const { settings, leg } = view;
  const stop = judgeTls(chain.tls, {
    leg,
    storeId: settings.trustStoreId,
    storeKnown: view.trustStoreKnown,
    insecure: settings.insecure,
    checksName: settings.checksName,
    silentSeconds: leg === 'link' ? rules.connackBudgetSeconds : REQUEST_SECONDS,
  });
  if (stop === null) trail.passed(chain.tls);
  return stop;
}

function atTheService(view: LegView, chain: Chain, rules: PredictRules, trail: Trail): Stop | null {
  if (view.leg === 'link') return atTheBroker(view, chain, rules, trail);
  if (chain.http === null) return unseen();
  const answered = view.leg === 'env' ? judgeEnv(chain.http, rules, trail) : judgeAuth(chain.http, rules, trail);
  const stop = answered ?? tooLate(chain, rules, trail);
  if (stop === null) trail.passed(chain.http);
  return stop;
}

/** Until 2.10.4 the limit was looked at only where nothing came for this long (`limitsEveryTurn`). */
const POLL_MS = 100;

/** Look-up, connects that were waited for in vain, proxy, TLS and answer share one limit. */
function tooLate({ tls, http }: Chain, { limitsEveryTurn }: PredictRules, trail: Trail): Stop | null {
  if (http === null || trail.seconds + tookMs(http) / 1000 <= REQUEST_SECONDS) return null;
  const looked = limitsEveryTurn || [tls, http].some((seen) => seen !== null && tookMs(seen) > POLL_MS);
  return looked ? fails('http.no_answer', http, Math.max(0, REQUEST_SECONDS - trail.seconds)) : null;
}

function atTheBroker(view: LegView, chain: Chain, rules: PredictRules, trail: Trail): Stop | null {
  if (chain.ws === null) return unseen();
  const refused = judgeUpgrade(chain.ws, rules);
  if (refused !== null) return refused;
  trail.passed(chain.ws);
  if (chain.mqtt === null) return unseen();
  const stop = judgeMqtt(chain.mqtt, rules, trail);
  if (stop !== null) return stop;
  trail.passed(chain.mqtt);
  riskLater(view.holds(), view.busyLink(), view.fullSizeWrites(), trail);
  return null;
}
