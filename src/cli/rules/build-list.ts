/** From a request to a checked allow list: asks, reads or looks up, then builds. */
import { isIP } from 'node:net';
import { newestOf } from '../../catalog/known-addresses.js';
import type { AllowList } from '../../model/allow-list.js';
import { UsageError } from '../../model/errors.js';
import { buildAllowList, type Answer, type WantedHost } from '../../firewall/core/allow-list.js';
import { parseListFile, type ParsedList } from '../../firewall/core/parse-list.js';
import { listFromReport } from '../../firewall/core/from-report.js';
import { rejectReason } from '../../firewall/core/bogons.js';
import { parsePrefix, tryParsePrefix } from '../../firewall/core/cidr.js';
import { readTyped } from '../../host/typed.js';
import { fileErrorText } from '../file-errors.js';
import { readReport } from '../report/io.js';
import type { RulesRequest } from './options.js';
import { proveAnswers } from './prove.js';
import type { LookupResult } from '../../firewall/live/refresh/answers.js';
import { cloudHosts, type CloudHosts } from './agent-cloud.js';
import type { EnvQuestion, NamedByEnv } from './ask-agent.js';
import { resolveNames, resolversForRules } from './resolve-names.js';

export interface BuiltList {
  /** What the rules are rendered from. */
  readonly list: AllowList;
  /** The destinations themselves, also when a proxy stands in `list`. */
  readonly destinations: AllowList;
  /** What /env named, for a time when it does not answer. */
  readonly named: NamedByEnv | null;
  /** For stderr, our words. */
  readonly warnings: readonly string[];
}

const MAX_LIST_BYTES = 16 * 1024 * 1024;

async function readText(file: string): Promise<string> {
  try {
    return (await readTyped(file, MAX_LIST_BYTES)).toString('utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${fileErrorText(error)}`);
  }
}

async function parsed(request: RulesRequest, now: string): Promise<ParsedList | null> {
  const { source } = request;
  if (source.kind === 'list') return parseListFile(await readText(source.file), source.file, now);
  if (source.kind === 'report') return listFromReport(await readReport(source.file), source.file, request.purposes);
  return null;
}

function knownAnswers(hosts: readonly WantedHost[]): Answer[] {
  return hosts.flatMap((host) =>
    newestOf(host.fqdn).map(({ address, since, until }): Answer => {
      const seen = `${since}T00:00:00.000Z`;
      return {
        fqdn: host.fqdn,
        address,
        ttl: null,
        source: `published list of ${since}${until === null ? '' : `, withdrawn ${until}`}`,
        firstSeen: seen,
        // On the day that it was withdrawn it was confirmed no longer.
        lastSeen: seen,
        proven: false,
      };
    }),
  );
}

/** That the list is old has to be said where it is used, not only in the file. */
function withdrawnWarnings(hosts: readonly WantedHost[]): string[] {
  const entries = hosts.flatMap((host) => newestOf(host.fqdn)).filter((entry) => entry.until !== null);
  const [first] = entries;
  if (first === undefined) return [];
  const addresses = [...new Set(entries.map((entry) => entry.address))].sort().join(', ');
  return [
    `the published list of addresses (${addresses}) is of ${first.since} and was withdrawn on ${first.until ?? ''}: ` +
      'Netdata names hosts instead. An address that shows a valid certificate outweighs it: ask for addresses with --proven',
  ];
}

/** What a resolver did, behind its name. */
const DID: Readonly<Record<LookupResult['status'], string>> = {
  ok: 'answered',
  nodata: 'has no address',
  nxdomain: 'says that there is no such name',
  servfail: 'failed (SERVFAIL)',
  refused: 'refuses to answer',
  timeout: 'did not answer in time',
  failed: 'could not be asked',
};

function failureWarnings(results: readonly LookupResult[]): string[] {
  return results
    .filter((row) => row.status !== 'ok' && row.status !== 'nodata')
    .map((row) => `${row.fqdn}: ${row.resolver} ${DID[row.status]}`);
}

/** Optional destinations that were asked for, and that the saved run was not made with. */
function missingPurposes(request: RulesRequest, hosts: readonly WantedHost[]): string[] {
  if (request.source.kind !== 'report') return [];
  const missing = request.purposes.filter((purpose) => !hosts.some((host) => host.purpose === purpose));
  return missing.length === 0
    ? []
    : [
        `${request.source.file} knows no destinations for ${missing.join(', ')}: make the run with doctor --for ${missing.join(',')}`,
      ];
}

/** A saved list or run may be old: rules made from it open the way to what may belong to somebody else by now. */
function staleWarnings(list: AllowList, now: string): string[] {
  const rows = list.hosts.flatMap((host) => host.addresses);
  const stale = rows.filter((row) => row.expires !== null && row.expires < now);
  if (stale.length === 0) return [];
  const seen = stale.map((row) => row.lastSeen).sort()[0] ?? '';
  return [
    `${String(stale.length)} of ${String(rows.length)} addresses are stale (last seen ${seen}): they may belong to somebody else by now; ask anew`,
  ];
}

/** A proxy in the place of the hosts behind it: the one that was asked for, or those that the Agent reads. */
function directHosts(
  { proxy }: RulesRequest,
  hosts: readonly WantedHost[],
  cloud: CloudHosts | null,
): readonly WantedHost[] {
  if (proxy !== null) {
    const parents = cloud?.direct.filter(({ purpose }) => purpose === 'parent') ?? [];
    return [{ fqdn: proxy.host, ports: [proxy.port], purpose: 'proxy', required: true }, ...parents];
  }
  return cloud?.direct ?? hosts;
}

/** Addresses that nobody has to be asked for. */
function literalAnswers({ proxy }: RulesRequest, hosts: readonly WantedHost[], now: string): Answer[] {
  const source = proxy === null ? "the Agent's settings" : 'option --proxy';
  return hosts
    .filter(({ fqdn }) => isIP(fqdn) !== 0)
    .map(({ fqdn }) => ({ fqdn, address: fqdn, ttl: null, source, firstSeen: now, lastSeen: now, proven: false }));
}

/** A rule for loopback would say nothing: the proxy itself needs the way out. */
function refuseLocalProxy({ proxy }: RulesRequest, answers: readonly Answer[]): void {
  const mine = answers.filter(({ fqdn }) => fqdn === proxy?.host);
  if (proxy !== null && mine.length > 0 && mine.every((row) => /^127\.|^::1$/.test(row.address)))
    throw new UsageError(
      `the proxy ${proxy.host} is on this host: the Agent needs no rule to reach it, its proxy does; leave --proxy out and use --user with the proxy's user`,
    );
}

/** Names and ports that this host connects to, without addresses; null = /env is not asked (a list, a proxy that was named). */
export async function hostsHere(
  request: RulesRequest,
  question: EnvQuestion,
): Promise<{ readonly hosts: readonly WantedHost[]; readonly cloud: CloudHosts | null }> {
  const { source } = request;
  if (source.kind === 'list') {
    const { hosts } = parseListFile(await readText(source.file), source.file, new Date().toISOString());
    return { hosts: directHosts(request, hosts, null), cloud: null };
  }
  if (request.proxy !== null && request.parent !== true) return { hosts: directHosts(request, [], null), cloud: null };
  const cloud = await cloudHosts(request, question);
  return { hosts: directHosts(request, [], cloud), cloud };
}

/** What is written down is taken as it is, and nobody is asked; of the destinations it says enough, of a proxy nothing. */
function notAsked({ source }: RulesRequest, hosts: readonly WantedHost[], names: readonly string[]): string[] {
  return hosts
    .filter(({ fqdn, purpose }) => purpose === 'proxy' && names.includes(fqdn))
    .map(
      ({ fqdn }) =>
        `no address of the proxy ${fqdn} is known, and --from-${source.kind} asks nobody: give its address, --proxy <address>:<port>`,
    );
}

export interface ListWork {
  /** False: the target lives on names, no address is asked for. */
  readonly wantsAddresses: boolean;
  /** False: the rules are for the proxy itself, or another place behind it: only the destinations count. */
  readonly fromHere: boolean;
  /** False: /env is not asked. */
  readonly asksCloud?: boolean;
  /** What /env named before, where it does not answer now. */
  readonly remembered?: NamedByEnv | null;
}

/** Throws UsageError for unusable input; a name without an answer is not an error here, the target decides. */
export async function buildList(
  request: RulesRequest,
  { wantsAddresses, fromHere, asksCloud = request.source.kind === 'live', remembered = null }: ListWork,
  now = new Date().toISOString(),
): Promise<BuiltList> {
  if (!fromHere && request.parent === true)
    throw new UsageError('--for parent: a child streams through no proxy; take a target of a firewall');
  const fromFile = await parsed(request, now);
  const cloud = fromFile === null ? await cloudHosts(request, { asks: asksCloud, remembered }) : null;
  const hosts = fromFile?.hosts ?? cloud?.hosts ?? [];
  const direct = fromHere ? directHosts(request, hosts, cloud) : hosts;
  const incomplete = cloud?.incomplete ?? null;
  const warnings: string[] = missingPurposes(request, hosts);
  if (request.proxy === null && fromHere) warnings.push(...(cloud?.notes ?? []));
  const literals = literalAnswers(request, direct, now);
  let answers: readonly Answer[] = fromFile?.answers ?? [];
  if (request.source.kind === 'known') {
    answers = knownAnswers(hosts);
    warnings.push(...withdrawnWarnings(hosts));
  }
  const names = wantsAddresses ? direct.map(({ fqdn }) => fqdn).filter((name) => isIP(name) === 0) : [];
  if (request.source.kind !== 'live') warnings.push(...notAsked(request, direct, names));
  else if (names.length > 0) {
    const servers = request.resolvers.length > 0 ? request.resolvers : null;
    const results = await resolveNames(names, servers, now);
    warnings.push(...failureWarnings(results));
    answers = [...answers, ...results.flatMap((row) => row.answers)];
  }
  answers = [...literals, ...answers];
  refuseLocalProxy(request, answers);
  if (request.provenOnly && wantsAddresses && request.source.kind !== 'report') {
    const ports = new Map(hosts.map((host) => [host.fqdn, host.ports[0] ?? 443]));
    const accepted = request.accepted.map((text) => parsePrefix(text));
    // A bogon is rejected anyway; do not knock at its door. A proxy has no certificate of its own to show.
    const worth = answers.filter((row) => {
      const prefix = tryParsePrefix(row.address);
      return ports.has(row.fqdn) && !('problem' in prefix) && rejectReason(prefix, accepted) === null;
    });
    const proven = await proveAnswers(worth, (fqdn) => ports.get(fqdn) ?? 443);
    answers = [...proven, ...answers.filter((row) => !worth.includes(row))];
  }
  const given = request.resolvers.filter((server) => server.port === 53).map((server) => server.address);
  const resolvers =
    given.length > 0
      ? given
      : fromFile !== null && fromFile.resolvers.length > 0
        ? fromFile.resolvers
        : resolversForRules();
  const listOf = (wanted: readonly WantedHost[]): AllowList => {
    const built = buildAllowList({
      now,
      hosts: wanted,
      answers,
      resolvers,
      accepted: request.accepted,
      provenOnly: request.provenOnly,
    });
    return incomplete === null ? built : { ...built, incomplete };
  };
  const list = listOf(direct);
  if (incomplete !== null)
    warnings.push(
      `INCOMPLETE: ${incomplete}; a run knows them: doctor --json --output run.json, then rules --from-report run.json`,
    );
  warnings.push(...staleWarnings(list, now));
  for (const row of list.rejected) warnings.push(`left out ${row.address} for ${row.fqdn}: ${row.reason}`);
  return { list, destinations: listOf(hosts), named: cloud?.named ?? null, warnings };
}
