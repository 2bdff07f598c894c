/**
 * Reads this host's own rules when something fails, or when the Agent's user is another than ours, and says which rule
 * applies. Reading begins while the probes still wait: large rulesets take programs seconds to print.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DEFAULT_EPHEMERAL,
  type Flow,
  type Hit,
  type Host,
  type Manager,
  type Route,
  type Verdict,
} from '../../firewall/read/flow.js';
import { hasPolicies } from '../../firewall/read/ipsec.js';
import { judgeAll } from '../../firewall/read/judge.js';
import { RulesetReader, type Source } from '../../firewall/read/read-ruleset.js';
import { marksIn, routesFrom } from '../../firewall/read/routes.js';
import { readProc } from '../../host/capped-read.js';
import type { Failure, FailureKind } from '../../model/failure.js';
import type {
  LocalFirewallRule,
  LocalFlow,
  Observation,
  ReadLocalFirewallObservation,
} from '../../model/observation.js';
import type { IdSource } from '../../probe/run-context.js';
import { isSilent } from '../../trace/silence.js';
import { abortedIn } from '../deadline.js';
import {
  droppedByKernel,
  filtersOfDevices,
  routesAndPolicies,
  sentAgain,
  settingsOfUnits,
  type UnitQuestion,
} from './besides-rules.js';
import {
  runProgram,
  streamProgram,
  type ProgramFailure,
  type ProgramResult,
  type StreamOptions,
} from './run-program.js';
import { OF_THIS_HOST } from './of-this-host.js';

/** A healthy run is over by then; what still waits may need the rules. */
const BEGIN_MS = 400;
const POLL_MS = 50;
/** Most that a program may print. */
const MAX_BYTES = 96 * 1024 * 1024;
/**
 * Most that such a program may hold in memory, where the machine can spare it: nft takes 450 MB for 200,000 elements and
 * 50,000 rules (measured with 1.0.6), of which 360 MB are the rules alone.
 */
const MAX_MEMORY = 512 * 1024 * 1024;
const MAX_FLOWS = 64;
/** Looking rules up after the last probe may take this long beyond the budget. */
const GRACE_MS = 300;
const QUICK_MS = 1500;

/** Whom the probes ran as: rules may match owners. */
export interface Owner {
  readonly uid: number | null;
  readonly gid: number | null;
}

export interface Senders {
  readonly prober: Owner;
  /** Accounts that the Agent may run as, other than the prober. */
  readonly agents: readonly Owner[];
  readonly units: UnitQuestion;
}

export interface Occasion {
  readonly ids: IdSource;
  readonly now: () => number;
  /** Grows while the probes run. */
  readonly probed: readonly Observation[];
  /** The probes are done; never rejects. */
  readonly done: Promise<unknown>;
  /** When the run ends, on the clock of `now`; later once it has waited for a silent peer. */
  readonly deadlineMs: () => number;
  /** What is not read by then is given up. */
  readonly interrupt: AbortSignal;
}

/** Where the rules come from: this machine, or what was written down on another. */
export interface RulesHost {
  readonly linux: boolean;
  readonly run: (program: string, args: readonly string[], timeoutMs: number) => Promise<ProgramResult>;
  readonly stream: (program: string, args: readonly string[], options: StreamOptions) => Promise<ProgramFailure | null>;
  /** A file of the kernel's; '' = it has none of the kind, null = we may not read it. */
  readonly kernel: (path: string) => Promise<string | null>;
  /** Memory that a program may take without harm to what else runs, in bytes. */
  readonly sparedBytes: () => number;
  /** Wall clock, ms since the epoch. */
  readonly now: () => number;
}

const THIS_MACHINE: RulesHost = {
  linux: process.platform === 'linux',
  run: runProgram,
  stream: streamProgram,
  kernel: kernelSays,
  sparedBytes: () => process.availableMemory() / 2,
  now: () => Date.now(),
};

/** Nothing is read when every connection worked for the one user that counts. */
export async function readLocalFirewall(
  occasion: Occasion,
  senders: Senders,
  machine: RulesHost = THIS_MACHINE,
): Promise<readonly Observation[]> {
  if (!machine.linux) return [];
  const { now, probed, done, deadlineMs, interrupt } = occasion;
  const probes = { over: false };
  const finished = done.then(() => (probes.over = true));
  const t0Ms = now();
  const sentBefore = sentAgain(machine);
  while (!probes.over && now() - t0Ms < BEGIN_MS && !probed.some(isFailed))
    await Promise.race([sleep(POLL_MS), finished]);
  const others = senders.agents.length > 0 || senders.units.agent.length > 0;
  if (probes.over && !probed.some(isFailed) && !others) return [];
  const began = now();
  const enough = new AbortController();
  const signal = AbortSignal.any([interrupt, enough.signal]);
  const reading = readRules(machine, Math.max(500, deadlineMs() - began), signal);
  await finished;
  const flows = flowsOf(probed, senders);
  const reached = reachedBy(probed, senders);
  if (flows.length === 0 && reached.length === 0) {
    enough.abort();
    return [];
  }
  const sentAfter = sentAgain(machine);
  const left = abortedIn(Math.max(GRACE_MS, deadlineMs() - now()), interrupt);
  const rules = await reading;
  // Files that only root may read, now that this process is itself again.
  const host = await hostFacts(machine);
  const quickMs = (): number => Math.max(GRACE_MS, Math.min(QUICK_MS, deadlineMs() - now()));
  const { routed, lost } = await withRoutes(machine, flows, quickMs());
  const verdicts = await judgeAll(rules.reader.ruleset(), routed, host, left);
  const quoted = rules.large ? new Map<string, string>() : await quotes(machine, verdicts, quickMs());
  const silent = silentOf(probed, routed, senders.prober);
  const isStopped = verdicts.some(({ kind }) => kind === 'blocked');
  const own = routed.filter(({ uid }) => uid === senders.prober.uid);
  const [ways, filters, units, before, after] = await Promise.all([
    routesAndPolicies(machine, routed, lost, quickMs()),
    silent.length === 0 ? [] : filtersOfDevices(machine, silent, quickMs()),
    settingsOfUnits(machine, senders.units, { agent: reached, prober: own }, quickMs()),
    sentBefore,
    sentAfter,
  ]);
  // A rule that surely drops makes sending again fail as well.
  const besides = [...ways, ...units, ...filters, ...(isStopped ? [] : droppedByKernel(before, after, silent))];
  const at = { t0Ms: began, tMs: now() };
  return [
    ...managersSeen(rules, routed, verdicts, quoted, senders.prober).map(({ manager, failure, rules: found }) =>
      observed(occasion.ids, at, manager, failure, found),
    ),
    ...besides.map(({ manager, rules: found }) => observed(occasion.ids, at, manager, null, found)),
  ];
}

const isFailed = (seen: Observation): boolean => seen.failure !== null && seen.role.kind === 'path';

function observed(
  ids: IdSource,
  at: { readonly t0Ms: number; readonly tMs: number },
  manager: string,
  failure: Failure | null,
  rules: readonly LocalFirewallRule[],
): ReadLocalFirewallObservation {
  return {
    id: ids.next('read_local_firewall'),
    operation: 'read_local_firewall',
    ...OF_THIS_HOST,
    ...at,
    failure,
    manager,
    rules,
  };
}

/** A host that has no rules, as the lab's. */
export function noRules(ids: IdSource, atMs: number): ReadLocalFirewallObservation {
  return observed(ids, { t0Ms: atMs, tMs: atMs }, 'lab', null, []);
}

// what is asked

function flowsOf(probed: readonly Observation[], { prober, agents }: Senders): readonly Flow[] {
  const flows = new Map<string, Flow>();
  const add = (protocol: 'tcp' | 'udp', address: string, port: number, { uid, gid }: Owner): void => {
    const key = `${protocol} ${address} ${String(port)} ${String(uid)}`;
    const names = protocol === 'tcp' ? namesAt(probed, address, port) : null;
    if (flows.size < MAX_FLOWS)
      flows.set(key, { protocol, address, port, uid, gid, route: null, ...(names === null ? {} : { names }) });
  };
  const failing = probed.filter(isFailed);
  const connects = probed.flatMap((seen) =>
    seen.operation === 'connect' && seen.role.kind !== 'control' ? [seen] : [],
  );
  for (const seen of failing) {
    if (seen.operation === 'connect' && seen.address !== null) add('tcp', seen.address, seen.port, prober);
  }
  for (const seen of probed) {
    if (seen.operation !== 'dns_query' || seen.failure === null || seen.rcode !== null) continue;
    const address = seen.resolver.split('%')[0] ?? '';
    add('udp', address, seen.resolverPort, prober);
    add('tcp', address, seen.resolverPort, prober);
  }
  // What was reached and failed later may have been sent elsewhere by a rule of this host.
  if (failing.length > 0)
    for (const seen of connects) if (seen.address !== null) add('tcp', seen.address, seen.port, prober);
  for (const agent of agents)
    for (const seen of connects)
      if (seen.address !== null && seen.failure === null) add('tcp', seen.address, seen.port, agent);
  return [...flows.values()];
}

/** What the Agent would ask for from a unit of its own. */
function reachedBy(probed: readonly Observation[], { agents, units, prober }: Senders): readonly Flow[] {
  if (units.agent.length === 0) return [];
  const { uid, gid } = agents[0] ?? prober;
  const flows = new Map<string, Flow>();
  for (const seen of probed)
    if (seen.operation === 'connect' && seen.role.kind !== 'control' && seen.address !== null && flows.size < MAX_FLOWS)
      flows.set(`${seen.address} ${String(seen.port)}`, {
        protocol: 'tcp',
        address: seen.address,
        port: seen.port,
        uid,
        gid,
        route: null,
      });
  return [...flows.values()];
}

/** Connections of ours that nobody answered. */
function silentOf(probed: readonly Observation[], flows: readonly Flow[], { uid }: Owner): readonly Flow[] {
  const silent = new Set(
    probed.flatMap((seen) =>
      seen.operation === 'connect' && isSilent(seen) ? [`${String(seen.address)} ${String(seen.port)}`] : [],
    ),
  );
  return flows.filter(
    (flow) => flow.protocol === 'tcp' && flow.uid === uid && silent.has(`${flow.address} ${String(flow.port)}`),
  );
}

/** Names in the ClientHellos to an address; null = none was sent there, or not by us. */
function namesAt(probed: readonly Observation[], address: string, port: number): readonly string[] | null {
  const ways = probed.flatMap((seen) =>
    seen.operation === 'connect' && seen.address === address && seen.port === port && seen.role.kind !== 'control'
      ? [seen]
      : [],
  );
  const names = new Set(ways.map(({ host }) => host));
  return ways.length > 0 && ways.every(({ peer }) => peer === 'target') ? [...names] : null;
}

/** `lost`: the kernel says that there is no way for them. */
interface Routed {
  readonly routed: readonly Flow[];
  readonly lost: ReadonlySet<Flow>;
}

async function withRoutes(machine: RulesHost, flows: readonly Flow[], timeoutMs: number): Promise<Routed> {
  const rules = await Promise.all(['-4', '-6'].map((family) => machine.run('ip', [family, 'rule', 'show'], timeoutMs)));
  const marks = marksIn(rules.map((shown) => (shown.ok ? shown.stdout : '')).join('\n'));
  const byOwner = new Map<number | null, Flow[]>();
  for (const flow of flows) byOwner.set(flow.uid, [...(byOwner.get(flow.uid) ?? []), flow]);
  const lost = new Set<Flow>();
  const routed = await Promise.all(
    [...byOwner].map(async ([uid, own]) => {
      const addresses = own.map(({ address }) => address);
      const plain = await routesTo(machine, addresses, uid, null, timeoutMs);
      const marked = await Promise.all(
        marks.map(async (mark) => ({
          ...mark,
          ...(await routesTo(machine, addresses, uid, mark.value, timeoutMs)),
        })),
      );
      return own.map((flow): Flow => {
        const route = plain.routes.get(flow.address) ?? null;
        const found = {
          ...flow,
          route,
          marked: marked.map(({ value, mask, routes }) => ({ value, mask, route: routes.get(flow.address) ?? null })),
        };
        if (route === null ? plain.refused : DEAD_TYPES.has(route.type)) lost.add(found);
        return found;
      });
    }),
  );
  return { routed: routed.flat(), lost };
}

/** Kinds of entries that are no way (ip-route(8)). */
const DEAD_TYPES = new Set(['blackhole', 'unreachable', 'prohibit']);

interface Ways {
  readonly routes: ReadonlyMap<string, Route>;
  /** The kernel refused some of the look-ups: those without a route have none. */
  readonly refused: boolean;
}

async function routesTo(
  machine: RulesHost,
  addresses: readonly string[],
  uid: number | null,
  mark: number | null,
  timeoutMs: number,
): Promise<Ways> {
  const pieces: string[] = [];
  const more = `${mark === null ? '' : ` mark ${String(mark)}`}${uid === null ? '' : ` uid ${String(uid)}`}`;
  const failure = await machine.stream('ip', ['-force', '-batch', '-'], {
    timeoutMs,
    maxBytes: 1_000_000,
    onText: (text) => pieces.push(text) > 0,
    input: addresses.map((address) => `route get ${address}${more}\n`).join(''),
  });
  const refused = failure?.why === 'failed' || failure?.why === 'not_permitted';
  return { routes: routesFrom(pieces.join('')), refused };
}

// what is read

interface Rules {
  readonly reader: RulesetReader;
  readonly failures: ReadonlyMap<Manager, Failure>;
  readonly seen: ReadonlySet<Manager>;
  /** Too large to ask nft for a second time. */
  readonly large: boolean;
}

const PROGRAMS: Readonly<Record<Source, readonly [program: string, args: readonly string[], manager: Manager]>> = {
  nft: ['nft', ['-n', '-j', 'list', 'ruleset'], 'nftables'],
  ipset: ['ipset', ['save'], 'iptables (nft)'],
  nft4: ['iptables-nft-save', [], 'iptables (nft)'],
  nft6: ['ip6tables-nft-save', [], 'iptables (nft)'],
  legacy4: ['iptables-legacy-save', [], 'iptables (legacy)'],
  legacy6: ['ip6tables-legacy-save', [], 'iptables (legacy)'],
};

async function readRules(machine: RulesHost, budgetMs: number, signal: AbortSignal): Promise<Rules> {
  const reader = new RulesetReader();
  const read = async (source: Source): Promise<ProgramFailure | null> => {
    const [program, args] = PROGRAMS[source];
    const failure = await machine.stream(program, args, {
      timeoutMs: budgetMs,
      maxBytes: MAX_BYTES,
      maxMemory: Math.min(MAX_MEMORY, machine.sparedBytes()),
      signal,
      asRoot: process.getuid?.() === 0 && process.geteuid?.() !== 0,
      onText: (text) => {
        reader.push(source, text);
        return !reader.tooLarge;
      },
    });
    if (failure === null) reader.end(source);
    return failure;
  };
  const [legacy4, legacy6] = await Promise.all([legacyTables(machine, 'ip'), legacyTables(machine, 'ip6')]);
  const [nft, ipset, nft4, nft6, old4, old6] = await Promise.all([
    read('nft'),
    read('ipset'),
    read('nft4'),
    read('nft6'),
    legacy4 === 'none' ? null : read('legacy4'),
    legacy6 === 'none' ? null : read('legacy6'),
  ]);
  const failures = new Map<Manager, Failure>();
  const seen = new Set<Manager>();
  if (nft === null) {
    seen.add('nftables');
    if (!reader.nft.whole)
      failures.set('nftables', notRead('malformed_response', 'nft printed something else than its JSON'));
    else if (reader.nft.devicesMissing) await addDevices(machine, reader);
  } else if (nft.why !== 'missing' || (await mayHaveNft(machine))) failures.set('nftables', failureOf(nft));
  // Only nft itself shows all that nf_tables holds; what iptables-nft shows is part of it.
  for (const failure of [nft4, nft6, ipset]) {
    if (failure !== null && failure.why !== 'missing' && !isNoIpset(failure))
      failures.set('iptables (nft)', failureOf(failure));
    else if (failure === null) seen.add('iptables (nft)');
  }
  for (const [state, failure] of [
    [legacy4, old4],
    [legacy6, old6],
  ] as const) {
    if (state === 'none') continue;
    if (failure === null) seen.add('iptables (legacy)');
    else if (failure.why !== 'missing' || state === 'some') failures.set('iptables (legacy)', failureOf(failure));
  }
  return { reader, failures, seen, large: reader.large };
}

/** A kernel without sets says so with an error. */
function isNoIpset({ why, detail }: ProgramFailure): boolean {
  return why === 'failed' && /(?:kernel|module|protocol)/i.test(detail);
}

async function addDevices(machine: RulesHost, reader: RulesetReader): Promise<void> {
  const listing = await machine.run('nft', ['list', 'ruleset', 'netdev'], QUICK_MS);
  if (listing.ok) reader.nft.addDevices(listing.stdout);
}

const WHY: Readonly<Record<ProgramFailure['why'], FailureKind>> = {
  missing: 'not_supported',
  not_permitted: 'not_permitted',
  failed: 'unknown_failure',
  timeout: 'generic_timeout_error',
  too_large: 'response_too_large',
};

const notRead = (kind: FailureKind, detail: string): Failure => ({
  kind,
  operation: 'read_local_firewall',
  rawCode: null,
  detail: detail.slice(0, 300),
});

const failureOf = ({ why, detail }: ProgramFailure): Failure => notRead(WHY[why], detail);

/** A file of the kernel's; '' = it has none of the kind, null = we may not read it. */
async function kernelSays(path: string): Promise<string | null> {
  const file = await readProc(path, 1_000_000);
  if (file.state === 'read') return file.bytes.toString('latin1').trim();
  return file.state === 'missing' ? '' : null;
}

/** Tables of the old backend in this network namespace; the file is there once its module is. */
async function legacyTables(machine: RulesHost, family: 'ip' | 'ip6'): Promise<'none' | 'some' | 'unknown'> {
  const names = await machine.kernel(`/proc/net/${family}_tables_names`);
  return names === null ? 'unknown' : names === '' ? 'none' : 'some';
}

/** Without nft: could the kernel hold rules of it? A list of modules without its own says no. */
async function mayHaveNft(machine: RulesHost): Promise<boolean> {
  const modules = await machine.kernel('/proc/modules');
  return modules === null || modules === '' || /^nf_tables /m.test(modules);
}

async function hostFacts(machine: RulesHost): Promise<Host> {
  const [ports, queues, ecn, ttl, policies, links] = await Promise.all([
    machine.kernel('/proc/sys/net/ipv4/ip_local_port_range'),
    machine.kernel('/proc/net/netfilter/nfnetlink_queue'),
    machine.kernel('/proc/sys/net/ipv4/tcp_ecn'),
    machine.kernel('/proc/sys/net/ipv4/ip_default_ttl'),
    machine.run('ip', ['xfrm', 'policy'], QUICK_MS),
    machine.run('ip', ['-d', '-o', 'link', 'show', 'type', 'bridge'], QUICK_MS),
  ]);
  const [lo, hi] = (ports ?? '').split(/\s+/).map(Number);
  const known = lo !== undefined && hi !== undefined && lo > 0 && hi <= 65_535 && lo <= hi;
  return {
    ephemeral: known ? { lo, hi } : DEFAULT_EPHEMERAL,
    queues: queues === null ? null : new Set([...queues.matchAll(/^\s*(\d+)/gm)].map(([, number]) => Number(number))),
    ttl: /^\d+$/.test(ttl ?? '') ? Number(ttl) : null,
    ipsec: policies.ok ? hasPolicies(policies.stdout) : null,
    bridges: links.ok ? new Set([...links.stdout.matchAll(/^\d+: ([^:@\s]+)/gm)].map(([, name = '']) => name)) : null,
    now: machine.now(),
    // Never, or only when the peer asks: our own SYNs carry no flags of it.
    ecn: ecn !== '0' && ecn !== '2',
  };
}

// what comes out

interface Seen {
  readonly manager: Manager;
  readonly failure: Failure | null;
  readonly rules: readonly LocalFirewallRule[];
}

function managersSeen(
  { failures, seen }: Rules,
  flows: readonly Flow[],
  verdicts: readonly Verdict[],
  quoted: ReadonlyMap<string, string>,
  prober: Owner,
): readonly Seen[] {
  const byPlace = new Map<string, { hit: Hit; sure: LocalFlow[]; perhaps: LocalFlow[] }>();
  const note = (hit: Hit, flow: Flow, sure: boolean): void => {
    const { protocol, address, port, uid } = flow;
    const place = `${hit.where} ${String(hit.later)}`;
    const known = byPlace.get(place) ?? { hit, sure: [], perhaps: [] };
    (sure ? known.sure : known.perhaps).push({ protocol, address, port, uid });
    byPlace.set(place, known);
  };
  let unread = 0;
  verdicts.forEach((verdict, index) => {
    const flow = flows[index];
    if (flow === undefined) return;
    if (verdict.kind === 'not_read') unread += 1;
    if (verdict.kind === 'blocked' || verdict.kind === 'redirected') note(verdict.rule, flow, true);
    if ('perhaps' in verdict) new Set(verdict.perhaps).forEach((hit) => note(hit, flow, false));
  });
  const managers = new Set<Manager>([...seen, ...failures.keys()]);
  return [...managers].map((manager) => ({
    manager,
    failure:
      failures.get(manager) ??
      (unread > 0
        ? notRead('response_too_large', `the rules are too many to judge ${String(unread)} exchanges in time`)
        : null),
    rules: [...byPlace.values()]
      .filter(({ hit }) => hit.manager === manager)
      .slice(0, 40)
      .map(({ hit, sure, perhaps }): LocalFirewallRule => {
        const matches = sure.length > 0 ? true : null;
        const own = sure.filter(({ uid }) => uid === prober.uid).map(({ address }) => address);
        return {
          where: hit.where,
          text: quoted.get(hit.where) ?? hit.text,
          action: hit.action,
          matches,
          owner: hit.owner,
          ...(hit.inbound ? { inbound: true } : {}),
          ...(hit.later ? { afterHandshake: true } : {}),
          ...(matches === true ? { addresses: [...new Set(own)] } : {}),
          flows: matches === true ? sure : perhaps,
        };
      }),
  }));
}

/** Rules of nftables as `nft -a` writes them for people, by place. */
async function quotes(
  machine: RulesHost,
  verdicts: readonly Verdict[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, string>> {
  const hits = verdicts.flatMap((verdict) => [
    ...('rule' in verdict ? [verdict.rule] : []),
    ...('perhaps' in verdict ? verdict.perhaps : []),
  ]);
  const chains = new Map<string, readonly string[]>();
  for (const { where, manager } of hits) {
    const [, family = '', table = '', chain = '', handle] = where.split(' ');
    if (manager === 'nftables' && handle === 'handle')
      chains.set(`${family} ${table} ${chain}`, [family, table, chain]);
  }
  const texts = new Map<string, string>();
  await Promise.all(
    [...chains.values()].slice(0, 6).map(async (place) => {
      const listing = await machine.run('nft', ['-a', 'list', 'chain', ...place], timeoutMs);
      if (!listing.ok) return;
      for (const [, text = '', handle = ''] of listing.stdout.matchAll(/^\s+(\S.*?) # handle (\d+)$/gm))
        texts.set(`nftables ${place.join(' ')} handle ${handle}`, text.slice(0, 500));
    }),
  );
  return texts;
}
