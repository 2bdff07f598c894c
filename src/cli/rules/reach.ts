/**
 * The last word about rules that were loaded: the doctor's own connect to every host in them, as the account that they
 * are for. Reading rules back tells what they say; only a connection tells that it is so.
 */
import { whoIsAgent } from '../../agent/discover.js';
import type { HostReader } from '../../agent/reader.js';
import type { Drift } from '../../firewall/live/compare.js';
import type { CheckedAllowList } from '../../firewall/core/target.js';
import type { FailureKind } from '../../model/failure.js';
import { connectTcp } from '../../net/tcp.js';
import { agentUser, type AgentUser } from '../doctor/agent-user.js';
import { createHostReader } from '../host-reader.js';
import { measured } from './measure.js';
import type { RulesRequest } from './options.js';

export interface Reach {
  readonly fqdn: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** null = connected. */
  readonly failure: FailureKind | null;
}

export interface Proof {
  /** Account that connected; null = whoever runs this. */
  readonly account: string | null;
  readonly rows: readonly Reach[];
}

const MAX_CONNECTS = 64;
const AT_ONCE = 32;

/** The account that the rules are for: the one that they name, else the Agent's. */
async function accountFor(
  { user, agent = {} }: Pick<RulesRequest, 'user' | 'agent'>,
  reader: HostReader,
): Promise<AgentUser> {
  if (user === null) {
    const places = { prefix: agent.prefix, configDir: agent.configDir, libDir: agent.libDir };
    const given = Object.fromEntries(Object.entries(places).filter(([, value]) => value !== undefined));
    return agentUser(reader, null, (await whoIsAgent(reader, given)).account);
  }
  if (!/^\d+$/.test(user)) return agentUser(reader, user);
  const uid = Number(user);
  return agentUser(reader, null, { name: user, uid, gids: [uid] });
}

/** Each port of each address, at most 64 of them and the first ones of every host before the rest. */
function pairsOf(list: CheckedAllowList, families: readonly (4 | 6)[]): Omit<Reach, 'failure'>[] {
  const perHost = list.hosts.map((host) =>
    host.addresses
      .filter(({ family, cidr }) => families.includes(family) && cidr.endsWith(family === 4 ? '/32' : '/128'))
      .flatMap(({ family, cidr }) =>
        host.ports.map((port) => ({ fqdn: host.fqdn, address: cidr.replace(/\/\d+$/, ''), family, port })),
      ),
  );
  const longest = Math.max(0, ...perHost.map((rows) => rows.length));
  const inTurn = Array.from({ length: longest }, (_, at) => perHost.flatMap((rows) => rows[at] ?? [])).flat();
  return inTurn.slice(0, MAX_CONNECTS);
}

export async function connectEach(
  request: Pick<RulesRequest, 'user' | 'agent'>,
  list: CheckedAllowList,
  families: readonly (4 | 6)[],
  reader: HostReader = createHostReader(),
): Promise<Proof> {
  const account = await accountFor(request, reader);
  const rows = await account.run(() =>
    measured(AT_ONCE, (ctx, label) =>
      Promise.all(
        pairsOf(list, families).map(async (pair): Promise<Reach> => {
          const input = { host: pair.fqdn, address: pair.address, port: pair.port, peer: 'target' } as const;
          const { observation, handle } = await connectTcp(ctx, label(), input);
          handle?.destroy();
          return { ...pair, failure: observation.failure?.kind ?? null };
        }),
      ),
    ),
  );
  return { account: account.name, rows };
}

/** A host without a way of this family: nothing that rules could change. */
const NO_WAY: ReadonlySet<FailureKind> = new Set(['network_unreachable']);

const where = ({ address, family, port }: Reach): string =>
  `${family === 6 ? `[${address}]` : address}:${String(port)}`;

/** One address that answers proves the rules of its family; a family that this host has no way for proves nothing. Pure. */
export function unproven({ account, rows }: Proof): readonly Drift[] {
  const groups = new Map<string, Reach[]>();
  for (const row of rows) {
    const key = `${row.fqdn} ${String(row.family)} ${String(row.port)}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const reached = new Set(
    rows.filter(({ failure }) => failure === null).map(({ fqdn, port }) => `${fqdn} ${String(port)}`),
  );
  const who = account === null ? '' : ` as ${account}`;
  return [...groups.values()].flatMap((group): Drift[] => {
    const [first] = group;
    if (first === undefined || group.some(({ failure }) => failure === null)) return [];
    const elsewhere = reached.has(`${first.fqdn} ${String(first.port)}`);
    if (elsewhere && group.every(({ failure }) => failure !== null && NO_WAY.has(failure))) return [];
    const tried = group.map((row) => `${where(row)} ${String(row.failure).replaceAll('_', ' ')}`).join(', ');
    const text = `${first.fqdn} was not reached${who}: ${tried}`;
    return [{ kind: 'unproven', entry: null, names: [first.fqdn], text }];
  });
}
