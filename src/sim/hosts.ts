/** Puts the hosts of the cloud on addresses and ports: who shares a listener with whom, and who has none at all. */
import type { Server, Socket } from 'node:net';
import { isIP } from 'node:net';
import { UsageError } from '../model/errors.js';
import { openBlackHole, type BlackHole } from './edge/black-hole.js';
import { closeServer, listenAll, refusedPort } from './edge/listen.js';
import type { FaultSet } from './faults/fault-set.js';
import { DEFAULT_NAMES, HOST_ROLES, type CloudOptions, type HostRole, type SimHost } from './types.js';

export interface PlacedHosts {
  readonly hosts: Readonly<Record<HostRole, SimHost>>;
  close(): Promise<void>;
}

interface HostPlan {
  readonly role: HostRole;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly published: readonly string[];
  /** null = an ephemeral port of its own. */
  readonly port: number | null;
  readonly dead: 'refused' | 'dropped' | null;
}

export async function placeHosts(
  options: CloudOptions,
  faults: FaultSet,
  accept: (socket: Socket, role: HostRole | null) => void,
): Promise<PlacedHosts> {
  const plans = HOST_ROLES.map((role) => planHost(role, options, faults));
  const servers: Server[] = [];
  const holes: BlackHole[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...servers.map(closeServer), ...holes.map((hole) => hole.close())]);
  };
  try {
    const placed = new Map<HostRole, SimHost>();
    const done = (member: HostPlan, port: number): void => {
      const { role, name, addresses, published } = member;
      placed.set(role, { role, name, addresses, published, port });
    };
    for (const group of groupByListener(plans)) {
      const [first] = group;
      if (!first) continue;
      if (first.dead === 'dropped') {
        const hole = await openHoles(first, holes);
        for (const member of group) done(member, hole);
      } else if (first.dead === 'refused') {
        const port = first.port === null || first.port === 0 ? null : first.port;
        const refused = port ?? (await refusedPort(first.addresses[0] ?? '127.0.0.1'));
        for (const member of group) done(member, refused);
      } else {
        const role = group.length === 1 ? first.role : null;
        const listening = await listenAll(first.addresses, first.port ?? 0, (socket) => accept(socket, role));
        servers.push(...listening.servers);
        for (const member of group) done(member, listening.port);
      }
    }
    const get = (role: HostRole): SimHost => {
      const host = placed.get(role);
      if (!host) throw new Error(`host ${role} was not placed`);
      return host;
    };
    return { hosts: { app: get('app'), api: get('api'), mqtt: get('mqtt') }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function planHost(role: HostRole, options: CloudOptions, faults: FaultSet): HostPlan {
  const own = options.hosts?.[role];
  const addresses = own?.addresses ?? options.addresses ?? ['127.0.0.1'];
  for (const address of addresses) {
    if (isIP(address) === 0) throw new UsageError(`'${address}' is not an IP address`);
  }
  if (addresses.length === 0) throw new UsageError(`host ${role} needs at least one address`);
  const dead = faults.effect(role, 'tcp')?.value;
  return {
    role,
    name: options.names?.[role] ?? DEFAULT_NAMES[role],
    addresses,
    published: own?.published ?? addresses,
    port: own?.port ?? options.httpsPort ?? null,
    dead: dead === 'refused' || dead === 'dropped' ? dead : null,
  };
}

/** Hosts with the same addresses and the same wanted port share a listener, unless they must be dead. */
function groupByListener(plans: readonly HostPlan[]): readonly (readonly HostPlan[])[] {
  const groups = new Map<string, HostPlan[]>();
  for (const member of plans) {
    const alone = member.port === null || (member.dead !== null && member.port === 0);
    const key = alone ? member.role : `${[...member.addresses].sort().join(' ')} ${member.port}`;
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  for (const group of groups.values()) {
    if (group.length > 1 && new Set(group.map((member) => member.dead)).size > 1) {
      const names = group.map((member) => member.role).join(', ');
      throw new UsageError(`${names} share an address and a port: a dead port needs an address of its own`);
    }
  }
  return [...groups.values()];
}

async function openHoles(dead: HostPlan, holes: BlackHole[]): Promise<number> {
  let port = dead.port ?? 0;
  for (const address of dead.addresses) {
    const hole = await openBlackHole(address, port);
    holes.push(hole);
    port = hole.port;
  }
  return port;
}
