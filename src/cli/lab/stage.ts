/**
 * Builds the network of a scenario on loopback: the cloud, what published addresses lead to, perhaps a proxy. The doctor
 * sees public-looking addresses; `translate` says where each really listens, so nothing ever leaves this machine.
 */
import { KNOWN_ADDRESSES } from '../../catalog/known-addresses.js';
import { startCloud } from '../../sim/cloud.js';
import { openBlackHole, type BlackHole } from '../../sim/edge/black-hole.js';
import { refusedPort } from '../../sim/edge/listen.js';
import { startProxy } from '../../sim/proxy/start-proxy.js';
import type { Destination, PublishedAddress, Scenario } from '../../sim/scenarios/scenario.js';
import { HOST_ROLES, type HostOptions, type HostRole, type SimCloud, type SimLookup } from '../../sim/types.js';

/** Nobody listens on `refused`; black holes and the impostor use the cloud's port numbers on their own addresses. */
const LISTENS: Readonly<Record<Destination, string>> = {
  cloud: '127.0.0.1',
  refused: '127.0.0.2',
  dropped: '127.0.0.3',
  impostor: '127.0.0.4',
};
const DEFAULT_ADDRESS: PublishedAddress = { address: '54.198.178.11', leads: 'cloud' };

export interface Stage {
  readonly cloud: SimCloud;
  readonly resolvers: readonly { readonly address: string; readonly port: number }[];
  /** The proxy as an admin would write it into the Agent's configuration; null = none. */
  readonly proxyUrl: string | null;
  readonly publishesV6: boolean;
  readonly lookup: (hostname: string) => SimLookup;
  readonly translate: (address: string) => string;
  close(): Promise<void>;
}

export async function buildStage(scenario: Scenario): Promise<Stage> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closing.map((end) => end()));
  };
  const open = async <T extends { close(): Promise<void> }>(start: Promise<T>): Promise<T> => {
    const started = await start;
    closing.push(() => started.close());
    return started;
  };
  try {
    const hosts = publishedHosts(scenario);
    const cloud = await open(
      startCloud({ ...scenario.cloud, addresses: [LISTENS.cloud], hosts, faults: scenario.faults }),
    );
    for (const hole of await openBlackHoles(scenario, cloud)) closing.push(() => hole.close());
    if (scenario.impostor) {
      const ports = byRole((role) => ({ port: cloud.hosts[role].port }));
      await open(startCloud({ addresses: [LISTENS.impostor], hosts: ports, dns: false, faults: scenario.impostor }));
    }
    const second = scenario.secondResolver
      ? await open(startCloud({ ...scenario.cloud, hosts, faults: scenario.secondResolver }))
      : null;
    const proxyUrl = scenario.proxy === null ? null : await openProxy(scenario.proxy, cloud, open);
    return {
      cloud,
      resolvers: [cloud, second].flatMap((one) => one?.resolver ?? []),
      proxyUrl,
      publishesV6: HOST_ROLES.some((role) => publishedBy(scenario, role).some(({ address }) => address.includes(':'))),
      // As the C library does: the next resolver is asked when one fails, not when it denies.
      lookup: (hostname) => {
        const first = cloud.lookup(hostname);
        return first.error === 'EAI_AGAIN' && second ? second.lookup(hostname) : first;
      },
      translate: translator(scenario),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function publishedBy(scenario: Scenario, role: HostRole): readonly PublishedAddress[] {
  return scenario.addresses?.[role] ?? [DEFAULT_ADDRESS];
}

function byRole<T>(make: (role: HostRole) => T): Readonly<Record<HostRole, T>> {
  return { app: make('app'), api: make('api'), mqtt: make('mqtt') };
}

function publishedHosts(scenario: Scenario): Readonly<Record<HostRole, HostOptions>> {
  return byRole((role) => ({ published: publishedBy(scenario, role).map(({ address }) => address) }));
}

async function openBlackHoles(scenario: Scenario, cloud: SimCloud): Promise<readonly BlackHole[]> {
  const roles = HOST_ROLES.filter((role) => publishedBy(scenario, role).some(({ leads }) => leads === 'dropped'));
  return await Promise.all(roles.map((role) => openBlackHole(LISTENS.dropped, cloud.hosts[role].port)));
}

function translator(scenario: Scenario): (address: string) => string {
  const destinations = new Map<string, Destination>(KNOWN_ADDRESSES.map(({ address }) => [address, 'cloud']));
  for (const role of HOST_ROLES) {
    for (const { address, leads } of publishedBy(scenario, role)) destinations.set(address, leads);
  }
  for (const [address, leads] of Object.entries(scenario.reach ?? {})) destinations.set(address, leads);
  return (address) => {
    // The proxy and the resolvers stand on loopback themselves.
    if (address === LISTENS.cloud) return address;
    return LISTENS[destinations.get(address) ?? 'refused'];
  };
}

async function openProxy(
  wanted: NonNullable<Scenario['proxy']>,
  cloud: SimCloud,
  open: <T extends { close(): Promise<void> }>(start: Promise<T>) => Promise<T>,
): Promise<string> {
  const { scheme, behaviour, credentials, denyHosts, host = LISTENS.cloud } = wanted;
  const port =
    behaviour === 'absent'
      ? await refusedPort(LISTENS.cloud)
      : (
          await open(
            startProxy({
              protocol: scheme === 'http' ? 'http' : 'socks5',
              behaviour,
              ...(denyHosts ? { denyHosts } : {}),
              // A resolver of its own, an honest one.
              resolve: (name) => Promise.resolve(isOurs(cloud, name) ? LISTENS.cloud : null),
              translate: translatorOfProxy,
            }),
          )
        ).port;
  const userInfo = credentials
    ? `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
    : '';
  return `${scheme}://${userInfo}${host}:${port}`;
}

function isOurs(cloud: SimCloud, name: string): boolean {
  return HOST_ROLES.some((role) => cloud.hosts[role].name === name.toLowerCase());
}

/** socks5:// hands over addresses that were resolved on the host: they lead to the cloud from the proxy's side. */
function translatorOfProxy(address: string): string {
  return KNOWN_ADDRESSES.some((known) => known.address === address) ? LISTENS.cloud : LISTENS.refused;
}
