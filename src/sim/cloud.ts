/**
 * The simulated cloud in one process: resolver, TLS edge, API, WebSocket and broker, with faults by name.
 * Faithful enough that a real Agent claims and stays online; built without any code of the probes.
 */
import { CLOUD_ROOT_PEM, INTERCEPTOR_ROOTS_PEM } from './certs/chains.js';
import { planAnswer, resolveLikeTheSystem } from './dns/plan.js';
import { startDnsServer, type DnsServer } from './dns/server.js';
import { Zone } from './dns/zone.js';
import { Edge } from './edge/edge.js';
import { EventLog } from './event-log.js';
import { FaultSet } from './faults/fault-set.js';
import { placeHosts, type PlacedHosts } from './hosts.js';
import { randomSource } from './seeded-random.js';
import { Service } from './service/service.js';
import { Nodes } from './service/nodes.js';
import {
  DEFAULT_NAMES,
  HOST_ROLES,
  type CloudOptions,
  type HostRole,
  type SimCloud,
  type SimHost,
  type ZoneRecord,
} from './types.js';

const DEFAULT_TTL_SECONDS = 60;
const HTTPS_PORT = 443;

/** Rejects with UsageError for unknown faults and impossible options, with the system's error for a taken port. */
export async function startCloud(options: CloudOptions = {}): Promise<SimCloud> {
  const faults = new FaultSet(options.faults ?? []);
  const log = new EventLog();
  if (options.onEvent) log.listen(options.onEvent);
  const random = randomSource(options.seed);
  const roleOfName = roleFinder(options);

  const service = new Service({ faults, log, random, nodes: new Nodes(random, options.nodes ?? []), roleOfName });
  const edge = new Edge({
    faults,
    log,
    roleOfName,
    answerDelayMs: options.answerDelayMs ?? 0,
    certificate: options.certificate ?? null,
    onStream: (connection) => service.serve(connection),
  });

  const placed = await placeHosts(options, faults, (socket, role) => edge.accept(socket, role));
  const { hosts } = placed;
  service.setEndpoints({ auth: `https://${authority(hosts.api)}/api/v1/auth`, mqtt: mqttEndpoint(hosts.mqtt) });
  const zone = new Zone(zoneRecords(options, hosts), dnsOptions(options)?.ttl ?? DEFAULT_TTL_SECONDS);
  const resolver = await startResolver(options, zone, faults, log, roleOfName, placed);

  let closing: Promise<void> | null = null;
  return {
    baseUrl: `https://${authority(hosts.app)}`,
    hosts,
    resolver: resolver && { address: resolver.address, port: resolver.port },
    caPem: CLOUD_ROOT_PEM,
    interceptorCaPem: INTERCEPTOR_ROOTS_PEM,
    events: log.events,
    lookup: (hostname) => resolveLikeTheSystem(hostname, zone, faults, roleOfName),
    waitFor: (type, timeoutMs = 5000) => log.waitFor(type, timeoutMs),
    async close() {
      closing ??= (async () => {
        service.close();
        edge.destroyAll();
        await Promise.all([resolver?.close(), placed.close()]);
      })();
      await closing;
    },
  };
}

async function startResolver(
  options: CloudOptions,
  zone: Zone,
  faults: FaultSet,
  log: EventLog,
  roleOfName: (name: string) => HostRole | null,
  placed: PlacedHosts,
): Promise<DnsServer | null> {
  const dns = dnsOptions(options);
  if (dns === null) return null;
  try {
    return await startDnsServer({
      address: dns.address ?? '127.0.0.1',
      port: dns.port ?? 0,
      answerDelayMs: options.answerDelayMs ?? 0,
      plan(question, remote) {
        log.add(remote, {
          type: 'dns_query',
          name: question.name,
          qtype: question.type,
          transport: question.transport,
        });
        return planAnswer(question, zone, faults, roleOfName);
      },
    });
  } catch (error) {
    await placed.close();
    throw error;
  }
}

function dnsOptions(options: CloudOptions): Exclude<CloudOptions['dns'], false | undefined> | null {
  return options.dns === false ? null : (options.dns ?? {});
}

function roleFinder(options: CloudOptions): (name: string) => HostRole | null {
  const names = new Map(HOST_ROLES.map((role) => [(options.names?.[role] ?? DEFAULT_NAMES[role]).toLowerCase(), role]));
  return (name) => names.get(name.toLowerCase().replace(/\.$/, '')) ?? null;
}

function zoneRecords(options: CloudOptions, hosts: Readonly<Record<HostRole, SimHost>>): readonly ZoneRecord[] {
  const addresses = HOST_ROLES.flatMap((role) =>
    hosts[role].published.map((address): ZoneRecord => {
      return { name: hosts[role].name, type: address.includes(':') ? 'AAAA' : 'A', data: address };
    }),
  );
  const extra = dnsOptions(options)?.records ?? [];
  // An own record replaces the published addresses of its name.
  const replaced = new Set(extra.map((record) => record.name.toLowerCase()));
  return [...addresses.filter((record) => !replaced.has(record.name.toLowerCase())), ...extra];
}

function authority(host: SimHost): string {
  return host.port === HTTPS_PORT ? host.name : `${host.name}:${host.port}`;
}

/** The Agent knows no default port for wss (docs/reference/agent.md#websocket): always written out. */
function mqttEndpoint(host: SimHost): string {
  return `wss://${host.name}:${host.port}/mqtt`;
}
