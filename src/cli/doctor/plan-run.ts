/** What a run of the doctor looks for and asks: places, targets, and how the questions are put. */
import { looksUpLikeMusl, searchedNames } from '../../agent/own-lookups.js';
import { linkShapes } from '../../agent/link-shapes.js';
import type { DiscoverOptions } from '../../agent/discover-options.js';
import { currentAddressesOf } from '../../catalog/known-addresses.js';
import {
  API_HOST,
  APP_HOST,
  DEFAULT_AUTH_PATH,
  DEFAULT_BASE_URL,
  MQTT_HOST,
  optionalHosts,
} from '../../catalog/hosts.js';
import type { AgentFacts } from '../../model/agent.js';
import { LEGS, type Leg } from '../../model/route.js';
import type { Discovery, LoadedTrustStore, PlannedRoute } from '../../model/planned.js';
import type { Target } from '../../model/target.js';
import { targetId } from '../../probe/plan.js';
import type { IdSource } from '../../probe/run-context.js';
import type { ProbeInput } from '../../probe/types.js';
import type { HostNetwork } from '../host/host-network.js';
import type { DoctorOptions } from './options.js';
import { THIRD_PARTIES } from './third-parties.js';
import type { DoctorDeps } from './run-doctor.js';

/** Where the public cloud's /env is documented to send an Agent. */
const DOCUMENTED: DocumentedHosts = {
  auth: { host: API_HOST, port: 443, path: DEFAULT_AUTH_PATH },
  link: { host: MQTT_HOST, port: 443, path: '/mqtt' },
};

export interface DocumentedHosts {
  readonly auth: { readonly host: string; readonly port: number; readonly path: string };
  readonly link: { readonly host: string; readonly port: number; readonly path: string };
}

/** Where discovery is told to look. */
export function placesOf({
  prefix,
  configDir,
  libDir,
  pid,
  container,
}: DoctorOptions): Pick<DiscoverOptions, 'prefix' | 'configDir' | 'libDir' | 'pid' | 'container'> {
  return {
    ...(prefix === null ? {} : { prefix }),
    ...(configDir === null ? {} : { configDir }),
    ...(libDir === null ? {} : { libDir }),
    ...(pid === null ? {} : { pid }),
    ...(container === null ? {} : { container }),
  };
}

/** What discovery is asked, in its own terms. */
export function discoverOptionsOf(options: DoctorOptions, deps: DoctorDeps, ids: IdSource): DiscoverOptions {
  const { url, proxy, agentVersion, envFrom } = options;
  const zero = performance.now();
  return {
    ...(url === null ? {} : { url }),
    ...(proxy === null ? {} : { proxy }),
    ...placesOf(options),
    ...(agentVersion === null ? {} : { agentVersion }),
    ...(envFrom === null ? {} : { envFrom }),
    defaultUrl: DEFAULT_BASE_URL,
    mozillaRoots: deps.mozillaRoots,
    documented: deps.documented ?? DOCUMENTED,
    nextId: (operation) => ids.next(operation),
    now: () => Math.round(performance.now() - zero),
  };
}

/** One target a leg; a leg whose host only /env can name has none yet. Optional destinations last. */
export function targetsOf(facts: AgentFacts, options: DoctorOptions, trustDocumented: boolean): readonly Target[] {
  // The documented hosts belong to the public cloud: another cloud names its own in /env.
  const isPublicCloud = trustDocumented || facts.legs.env.host === APP_HOST;
  const legs = LEGS.flatMap((leg): Target[] => {
    const { host, port, path, hostSource, plain } = facts.legs[leg];
    if (host === '' || (hostSource.kind === 'catalog' && !isPublicCloud)) return [];
    return [
      {
        id: targetId(leg, host, port),
        host,
        port,
        path,
        ...(plain === undefined ? {} : { plain }),
        leg,
        purpose: leg === 'claim' ? 'claim' : 'link',
        required: true,
        source: hostSource.line === null ? hostSource.name : `${hostSource.name}:${String(hostSource.line)}`,
      },
    ];
  });
  const optional = optionalHosts(options.purposes).map(({ host, port, purpose, source }): Target => ({
    id: targetId('optional', host, port),
    host,
    port,
    path: '/',
    leg: null,
    purpose,
    required: false,
    source,
  }));
  return [...legs, ...optional];
}

/** How this Agent's questions are asked, whichever they are. */
export function probeInputOf(
  discovery: Discovery,
  options: DoctorOptions,
  deps: DoctorDeps,
): Omit<ProbeInput, 'targets' | 'readEnv'> {
  const { facts, routes, trustStores } = discovery;
  const hosts = new Set(targetsOf(facts, options, deps.documented !== undefined).map(({ host }) => host));
  return {
    routes,
    legRoutes: byLeg((leg) => facts.legs[leg].routeId),
    trustStores: withExtra(trustStores, deps.extraTrust ?? []),
    legStores: byLeg((leg) => facts.legs[leg].trustStoreId),
    resolvers: deps.resolvers ?? deps.network.resolvers,
    ownLookups: looksUpLikeMusl(facts.installation),
    ...(looksUpLikeMusl(facts.installation)
      ? { searchedNames: (host: string) => searchedNames(host, deps.network.search) }
      : {}),
    knownAddresses: new Map([...hosts].map((host) => [host, currentAddressesOf(host, deps.knownAddresses)])),
    gateways: [deps.network.gateway4, deps.network.gateway6].filter((address) => address !== null),
    shapes: linkShapes(facts.version.value),
    agentVersion: facts.version.value,
    thirdParties: options.controls ? THIRD_PARTIES : null,
    families: options.families,
    holdMs: options.holdMs,
    ...(deps.light === true ? { light: true } : {}),
    ...(deps.lookup ? { lookup: deps.lookup } : {}),
  };
}

function byLeg<T>(value: (leg: Leg) => T): Readonly<Record<Leg, T>> {
  return { claim: value('claim'), env: value('env'), auth: value('auth'), link: value('link') };
}

function withExtra(stores: readonly LoadedTrustStore[], extra: readonly string[]): readonly LoadedTrustStore[] {
  if (extra.length === 0) return stores;
  return stores.map((store) => ({ ...store, certificates: [...store.certificates, ...extra] }));
}

/** Names whose entries in the hosts file are the Agent's matter: targets, proxies, and what /env may name beside them. */
export function namesOfOurs(
  hosts: readonly string[],
  routes: readonly Pick<PlannedRoute, 'route'>[],
  { hosts: entries }: HostNetwork,
): readonly string[] {
  const proxies = routes.flatMap(({ route }) => (route.kind === 'direct' ? [] : [route.proxy.host.toLowerCase()]));
  const domains = hosts.map((host) => host.slice(host.indexOf('.'))).filter((domain) => domain.includes('.', 1));
  const siblings = entries.map(({ name }) => name).filter((name) => domains.some((domain) => name.endsWith(domain)));
  return [...new Set([...hosts, ...proxies, ...siblings])];
}
