/** `rules refresh`, `log`, `diff`, `rollback`: keeping the addresses right, with memory and a way back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import type { WantedHost } from '../../firewall/core/allow-list.js';
import { rejectReason } from '../../firewall/core/bogons.js';
import { tryParsePrefix, parsePrefix } from '../../firewall/core/cidr.js';
import { MANAGERS, findManager } from '../../firewall/live/managers.js';
import { LiveError } from '../../firewall/live/manager.js';
import { establishedPeers } from '../../firewall/live/flows.js';
import { loadHistory, loadSnapshot } from '../../firewall/live/change/record.js';
import {
  refreshOnce,
  rollbackTo,
  type RefreshConfig,
  type RefreshDeps,
  type RefreshResult,
} from '../../firewall/live/refresh/run.js';
import { liveSink, fileSink, type Sink } from '../../firewall/live/refresh/sink.js';
import { makeStateDir } from '../../firewall/live/store.js';
import type { LookupResult } from '../../firewall/live/refresh/answers.js';
import { findTarget } from '../../firewall/registry.js';
import { refreshUnits } from '../../firewall/live/units.js';
import { lastingCommand } from '../self.js';
import { makeDirectory, writeFileAtomic } from '../write-file.js';
import { hostsHere } from './build-list.js';
import { loadConfig, saveConfig, type RulesConfig } from './config.js';
import { liveContext, requireRoot, stateDirOf, type LiveFlags } from './live-context.js';
import { assertLasting, parseRequest, renderRequest, type RuleFlags, type RulesRequest } from './options.js';
import { processIo, safe, warnTo, type Io } from './output.js';
import { proveAnswers } from './prove.js';
import { resolveNames, resolversForRules } from './resolve-names.js';

export type RefreshFlags = RuleFlags &
  LiveFlags & {
    readonly once?: boolean;
    readonly watch?: boolean;
    readonly acceptChange?: boolean;
    readonly outputDir?: string;
    /** ms. */
    readonly every?: number;
    readonly emitUnits?: string;
  };

/** The given target with the given options, or what was applied before. */
async function configOf(id: string | undefined, flags: RefreshFlags, stateDir: string): Promise<RulesConfig> {
  const stored = await loadConfig(stateDir);
  if (id === undefined) {
    if (stored === null)
      throw new UsageError('nothing was applied from here yet; name a target: rules refresh <target> --once');
    return stored;
  }
  const request = parseRequest(flags);
  assertLasting(request);
  if (request.source.kind === 'known' || request.source.kind === 'report')
    throw new UsageError('refresh asks for addresses; --from-known and --from-report have nothing to refresh');
  const outputDir = flags.outputDir === undefined ? null : resolve(flags.outputDir);
  const live = MANAGERS.some((manager) => manager.target === id);
  if (!live && outputDir === null) throw new UsageError(`${id} is refreshed as files: say where with --output-dir`);
  const backend = flags.backend === 'nft' || flags.backend === 'legacy' ? flags.backend : null;
  return { schema: 'netdata-egress/rules-config', version: 1, target: id, request, backend, outputDir };
}

/** /env is asked now and then; addresses are asked for every minute. */
const ENV_FRESH_MS = 3_600_000;

/** The sink, and the configuration as this host needs it: later refreshes work with the same. */
async function sinkOf(
  config: RulesConfig,
  flags: RefreshFlags,
): Promise<{ readonly sink: Sink; readonly config: RulesConfig }> {
  const target = findTarget(config.target);
  if (config.outputDir !== null)
    return { sink: fileSink(target, config.outputDir, renderRequest(config.request)), config };
  requireRoot('refresh');
  const manager = findManager(config.target);
  const backend = config.backend === null ? {} : { backend: config.backend };
  const { request, context } = await liveContext(target, manager, config.request, { ...flags, ...backend });
  const settled = { ...config, request, backend: context.backend };
  return { sink: liveSink(target, manager, context, renderRequest(request)), config: settled };
}

function depsOf(config: RulesConfig, hosts: readonly WantedHost[], sink: Sink, stateDir: string): RefreshDeps {
  const { request } = config;
  const ports = [...new Set(hosts.flatMap((host) => host.ports))];
  const accepted = request.accepted.map((text) => parsePrefix(text));
  return {
    stateDir,
    sink,
    now: () => new Date().toISOString(),
    inUse: () => Promise.resolve(establishedPeers(ports)),
    async lookup(names): Promise<readonly LookupResult[]> {
      const now = new Date().toISOString();
      const literals = names.filter((name) => isIP(name) !== 0);
      const own = literals.map((name): LookupResult => ({
        fqdn: name,
        resolver: 'settings',
        status: 'ok',
        answers: [
          {
            fqdn: name,
            address: name,
            ttl: null,
            source: request.proxy === null ? "the Agent's settings" : 'option --proxy',
            firstSeen: now,
            lastSeen: now,
            proven: false,
          },
        ],
      }));
      const asked = names.filter((name) => isIP(name) === 0);
      const servers = request.resolvers.length > 0 ? request.resolvers : null;
      const results = sink.asks ? await resolveNames(asked, servers, now) : [];
      if (!request.provenOnly) return [...own, ...results];
      const worth = results
        .flatMap((row) => row.answers)
        .filter((row) => {
          const prefix = tryParsePrefix(row.address);
          return !('problem' in prefix) && rejectReason(prefix, accepted) === null;
        });
      const proven = await proveAnswers(worth, (fqdn) => hosts.find((host) => host.fqdn === fqdn)?.ports[0] ?? 443);
      const good = new Set(proven.filter((row) => row.proven).map((row) => `${row.fqdn} ${row.address}`));
      const mark = (row: LookupResult): LookupResult => ({
        ...row,
        answers: row.answers.map((answer) => ({ ...answer, proven: good.has(`${answer.fqdn} ${answer.address}`) })),
      });
      return [...own, ...results.map(mark)];
    },
  };
}

function refreshConfigOf(request: RulesRequest, hosts: readonly WantedHost[]): RefreshConfig {
  const named = request.resolvers.filter((row) => row.port === 53).map((row) => row.address);
  const resolvers = named.length > 0 ? named : resolversForRules();
  return { hosts, resolvers, accepted: request.accepted, provenOnly: request.provenOnly };
}

function planText(result: RefreshResult): string {
  const { plan } = result;
  return [
    ...plan.added.map((row) => `+ ${row.address} ${row.fqdn} (${row.why})`),
    ...plan.removed.map((row) => `- ${row.address} ${row.fqdn} (${row.why})`),
    ...plan.kept.map((row) => `= ${row.fqdn} keeps its addresses (${row.why})`),
    ...plan.rejected.map((row) => `! ${row.address} for ${row.fqdn} left out: ${row.reason}`),
    ...plan.stops.map((text) => `STOP ${text}`),
  ]
    .map((line) => `${safe(line)}\n`)
    .join('');
}

/** 0: nothing to do or done; 1: --dry-run and there are changes, no resolver answered, or the firewall does not run; 3: stopped by a guard, or pinned. */
function report(result: RefreshResult, flags: RefreshFlags, io: Io): number {
  if (flags.json === true)
    io.out(`${JSON.stringify({ schema: 'netdata-egress/rule-refresh', version: 1, ...result }, null, 2)}\n`);
  else {
    io.out(planText(result));
    for (const text of result.repaired) io.out(`~ ${safe(text)}: put right\n`);
    if (result.outcome === 'pinned') io.out('pinned by a rollback: --accept-change lets refreshes go on\n');
    if (result.entry !== null)
      io.out(`revision ${String(result.entry.number)} in force, ${String(result.entry.total)} addresses\n`);
    else if (result.outcome === 'unchanged' && !result.unanswered && !result.stored) io.out('nothing to change\n');
    if (result.unanswered) io.out('no resolver answered: the addresses in force are those of the last good answer\n');
    if (result.stored) io.out('the firewall does not run: the rules are stored, and none of them is in force\n');
  }
  if (result.outcome === 'planned') {
    if (result.plan.stops.length > 0) return EXIT.UNDECIDED;
    return result.plan.added.length + result.plan.removed.length > 0 ? EXIT.BLOCKED : EXIT.OK;
  }
  if (result.unanswered || result.stored) return EXIT.BLOCKED;
  return result.outcome === 'stopped' || result.outcome === 'pinned' ? EXIT.UNDECIDED : EXIT.OK;
}

async function emitUnits(config: RulesConfig, stateDir: string, dir: string, io: Io): Promise<void> {
  const command = lastingCommand();
  const needs = MANAGERS.find((manager) => manager.target === config.target)?.unit ?? null;
  await makeDirectory(resolve(dir));
  for (const unit of refreshUnits({ needs, stateDir, command, outputDir: config.outputDir })) {
    await writeFileAtomic(resolve(dir, unit.name), unit.content, unit.mode);
    io.err(`wrote ${safe(resolve(dir, unit.name))}\n`);
  }
}

export async function refreshCommand(id: string | undefined, flags: RefreshFlags, io: Io = processIo): Promise<void> {
  const stateDir = stateDirOf(flags);
  const asked = await configOf(id, flags, stateDir);
  if (flags.emitUnits !== undefined) {
    await emitUnits(asked, stateDir, flags.emitUnits, io);
    return;
  }
  const modes = [flags.once, flags.watch, flags.dryRun].filter((flag) => flag === true).length;
  if (modes !== 1) throw new UsageError('refresh takes one of --once, --watch and --dry-run');
  const { every: everyMs = 60_000 } = flags;
  const settled = await sinkOf(asked, flags);
  const { sink } = settled;
  let { config } = settled;
  const round = async (): Promise<number> => {
    try {
      const question = { asks: true, remembered: config.named ?? null, freshMs: ENV_FRESH_MS };
      const { hosts, cloud } = await hostsHere(config.request, question);
      config = { ...config, named: cloud?.named ?? null };
      const deps = depsOf(config, hosts, sink, stateDir);
      const options = { planOnly: flags.dryRun === true, acceptChange: flags.acceptChange === true };
      const result = await refreshOnce(deps, refreshConfigOf(config.request, hosts), options);
      if (result.outcome === 'applied' || result.outcome === 'unchanged') await saveConfig(stateDir, config);
      const code = report(result, flags, io);
      if (cloud === null || cloud.incomplete === null) return code;
      warnTo(io)(`INCOMPLETE: ${cloud.incomplete}`);
      return code === EXIT.OK ? EXIT.BLOCKED : code;
    } catch (error) {
      if (!(error instanceof LiveError)) throw error;
      warnTo(io)(error.message);
      return EXIT.BLOCKED;
    }
  };
  if (flags.watch !== true) {
    io.exit(await round());
    return;
  }
  await makeStateDir(stateDir);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  while (!stop.signal.aborted) {
    await round();
    await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  io.exit(EXIT.INTERRUPTED);
}

export async function logCommand(flags: LiveFlags, io: Io = processIo): Promise<void> {
  const { entries, brokenAt } = await loadHistory(stateDirOf(flags));
  if (flags.json === true) {
    io.out(`${JSON.stringify({ schema: 'netdata-egress/rule-history', version: 1, brokenAt, entries }, null, 2)}\n`);
  } else {
    for (const row of entries)
      io.out(
        `${String(row.number).padStart(4)}  ${safe(row.at)}  ${row.action.padEnd(9)} ${safe(row.target).padEnd(10)} +${String(row.added.length)} -${String(row.removed.length)} = ${String(row.total)}  ${safe(row.why)}\n`,
      );
    if (entries.length === 0) io.out('no revision was recorded here yet\n');
  }
  if (brokenAt !== null)
    warnTo(io)(`the history does not fit together from line ${String(brokenAt)} on: it was edited or damaged`);
  io.exit(brokenAt === null ? EXIT.OK : EXIT.BLOCKED);
}

function revision(text: string): number {
  const number = Number(text);
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`${JSON.stringify(text.slice(0, 40))} is not a revision number; rules log shows them`);
  return number;
}

export async function diffCommand(from: string, to: string, flags: LiveFlags, io: Io = processIo): Promise<void> {
  const dir = stateDirOf(flags);
  const [a, b] = await Promise.all([loadSnapshot(dir, revision(from)), loadSnapshot(dir, revision(to))]);
  const rows = (list: typeof a): string[] =>
    list.hosts.flatMap((host) => host.addresses.map((row) => `${row.cidr} ${host.fqdn}`));
  const [before, after] = [rows(a), rows(b)];
  const added = after.filter((row) => !before.includes(row));
  const removed = before.filter((row) => !after.includes(row));
  if (flags.json === true)
    io.out(`${JSON.stringify({ schema: 'netdata-egress/rule-diff', version: 1, added, removed }, null, 2)}\n`);
  else io.out([...added.map((row) => `+ ${safe(row)}\n`), ...removed.map((row) => `- ${safe(row)}\n`)].join(''));
}

/** From the newest revision to the one that is named; nothing is put in force. 0: they are equal; 1: they are not. */
async function rollbackPlan(to: string, stateDir: string, flags: RefreshFlags, io: Io): Promise<void> {
  const newest = (await loadHistory(stateDir)).entries.at(-1)?.number;
  let changes = false;
  const watched: Io = {
    ...io,
    out: (text) => {
      changes ||= text !== '';
      io.out(text);
    },
  };
  if (newest !== undefined) await diffCommand(String(newest), to, flags, watched);
  if (!changes) io.out(`nothing would change: revision ${to} has the addresses that are in force\n`);
  io.exit(changes ? EXIT.BLOCKED : EXIT.OK);
}

export async function rollbackCommand(text: string, flags: RefreshFlags, io: Io = processIo): Promise<void> {
  const stateDir = stateDirOf(flags);
  const number = revision(text);
  if (flags.dryRun === true) return rollbackPlan(text, stateDir, flags, io);
  const { sink, config } = await sinkOf(await configOf(undefined, flags, stateDir), flags);
  const { hosts } = await hostsHere(config.request, { asks: false, remembered: config.named ?? null });
  const deps = depsOf(config, hosts, sink, stateDir);
  try {
    const entry = await rollbackTo(deps, refreshConfigOf(config.request, hosts), number);
    io.out(
      `revision ${String(entry.number)} in force: the addresses of revision ${text}, pinned until --accept-change\n`,
    );
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    warnTo(io)(error.message);
    io.exit(EXIT.BLOCKED);
  }
}
