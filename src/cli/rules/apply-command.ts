/** `rules apply`, `install`, `uninstall`, `confirm`: one guarded change of the host's firewall. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import type { Drift } from '../../firewall/live/compare.js';
import { comparable, revisionOf } from '../../firewall/core/header.js';
import { backupGuard, backupPath, readPending, settle } from '../../firewall/live/change/backup.js';
import { guardedChange } from '../../firewall/live/change/change.js';
import { loading, removing } from '../../firewall/live/change/work.js';
import { loadPlan, type LoadPlan } from '../../firewall/live/change/plan.js';
import { record, rememberApplied } from '../../firewall/live/change/record.js';
import { checkFiles } from '../../firewall/live/check.js';
import { LiveError, type ApplyContext, type FirewallManager } from '../../firewall/live/manager.js';
import { covers, parsePrefix } from '../../firewall/core/cidr.js';
import { openedHere, type OpenFlow } from '../../firewall/live/flows.js';
import { findManager } from '../../firewall/live/managers.js';
import { findSshSession, sessionWouldBeCut } from '../../firewall/live/ssh-session.js';
import type { CommandRunner } from '../../firewall/live/runner.js';
import { isTracked } from '../../firewall/live/tracked.js';
import {
  assertRoom,
  makeStateDir,
  openState,
  readIfThere,
  StateUnwritable,
  takeLock,
  writeDurably,
} from '../../firewall/live/store.js';
import { RULES_UNIT, rulesUnit } from '../../firewall/live/units.js';
import { findTarget } from '../../firewall/registry.js';
import { checkAllowList, renderRules } from '../../firewall/render.js';
import { KEEP_SESSION, type CheckedAllowList, type RuleTarget } from '../../firewall/core/target.js';
import type { RenderedFile } from '../../model/allow-list.js';
import { deadManProgram } from '../dead-man.js';
import type { NamedByEnv } from './ask-agent.js';
import { buildList } from './build-list.js';
import { loadConfig, saveConfig } from './config.js';
import { liveContext, lookFor, requireRoot, STATE_DIR, stateDirOf, type LiveFlags } from './live-context.js';
import { assertLasting, parseRequest, renderRequest, type RuleFlags, type RulesRequest } from './options.js';
import { connectEach, unproven } from './reach.js';
import { processIo, safe, warnTo, type Io } from './output.js';
import { parseConfirmTimeout } from './confirm-timeout.js';

type Flags = RuleFlags & LiveFlags;

interface Prepared {
  readonly target: RuleTarget;
  readonly manager: FirewallManager;
  readonly context: ApplyContext;
  readonly request: RulesRequest;
  readonly list: CheckedAllowList;
  readonly files: readonly RenderedFile[];
  readonly stateDir: string;
  readonly named: NamedByEnv | null;
}

/** Refuses to cut the branch that the operator sits on; with --keep-session the branch becomes a rule. */
async function protectSession(
  request: RulesRequest,
  flags: Flags,
  list: CheckedAllowList,
  context: ApplyContext,
): Promise<RulesRequest> {
  if (request.mode !== 'enforce') return request;
  const session = await findSshSession();
  if (session === null) return request;
  if (flags.keepSession === true) {
    const value = `${session.peer},${String(session.localPort)}`;
    return { ...request, settings: { ...request.settings, [KEEP_SESSION.name]: value } };
  }
  const why = await sessionWouldBeCut(session, list, context.runner);
  if (why === null) return request;
  throw new UsageError(`${why}. Use --keep-session to let it live, or run this from the console`);
}

async function prepare(id: string, flags: Flags, io: Io): Promise<Prepared> {
  const target = findTarget(id);
  const manager = findManager(id);
  const asked = parseRequest(flags);
  assertLasting(asked);
  const stateDir = stateDirOf(flags);
  const first = await liveContext(target, manager, asked, flags);
  const pointless = manager.pointless?.(asked, first.detection) ?? null;
  if (pointless !== null) {
    const { suggestion } = first.detection;
    const other =
      suggestion === null || suggestion === id
        ? ''
        : `. This host is filtered by ${suggestion}: rules apply ${suggestion}`;
    throw new UsageError(`${pointless}${other}`);
  }
  const before = await loadConfig(stateDir);
  const built = await buildList(first.request, {
    wantsAddresses: target.capabilities.matches !== 'names',
    fromHere: true,
    remembered: before?.named ?? null,
  });
  for (const warning of built.warnings) warnTo(io)(warning);
  const list = checkAllowList(built.list, asked.accepted);
  const kept = await protectSession(first.request, flags, list, first.context);
  const { request, context, detection } =
    kept === first.request ? first : await liveContext(target, manager, kept, flags);
  const front = detection.managers.find((row) => row.role === 'front_end');
  if (front !== undefined && front.id !== id)
    warnTo(io)(
      `this host is run by ${front.id} (${front.evidence}); its own target fits better: rules apply ${front.id}`,
    );
  if (request.mode === 'enforce') await warnOfCut(list, context.runner, io);
  const files = renderRules(target, list, renderRequest(request));
  const verdicts = await checkFiles(target, files);
  const rejected = verdicts.find((verdict) => verdict.outcome === 'rejected');
  if (rejected !== undefined)
    throw new LiveError(`${rejected.judge} rejects the rules, nothing was changed: ${rejected.problems[0] ?? ''}`);
  return { target, manager, context, request, list, files, stateDir, named: built.named };
}

const MAX_CUT = 20;

/** What this host talks to now, and will not be able to open again. */
async function warnOfCut(list: CheckedAllowList, runner: CommandRunner, io: Io): Promise<void> {
  const prefixes = list.hosts.flatMap(({ addresses, ports }) =>
    addresses.map(({ cidr }) => ({ prefix: parsePrefix(cidr), ports })),
  );
  const isAllowed = ({ address, port }: OpenFlow): boolean =>
    prefixes.some(({ prefix, ports }) => ports.includes(port) && covers(prefix, parsePrefix(address)));
  const cut = openedHere().filter((flow) => !/^127\.|^::1$/.test(flow.address) && !isAllowed(flow));
  if (cut.length === 0) return;
  const shown: string[] = [];
  for (const { address, port } of cut.slice(0, MAX_CUT)) {
    const { family } = parsePrefix(address);
    const tracked = await isTracked(runner, family, ['--dst', address, '--dport', String(port)]);
    const doubt = tracked === true ? '' : tracked === null ? ' (may end at once)' : ' (not tracked: may end at once)';
    shown.push(`${address} tcp/${String(port)}${doubt}`);
  }
  const more = cut.length > MAX_CUT ? `, and ${String(cut.length - MAX_CUT)} more` : '';
  warnTo(io)(
    `mode enforce cuts what is not listed. This host has connections to it now, which cannot be opened again and live on as far as the kernel tracks them: ${shown.join(', ')}${more}`,
  );
}

/** Rules of another target that were applied from here and are still loaded: changing the manager leaves them behind. */
async function warnOfOthers(stateDir: string, id: string, io: Io): Promise<void> {
  const before = await loadConfig(stateDir);
  if (before === null || before.target === id || before.outputDir !== null) return;
  if (findManager(id).replaces.includes(before.target)) return;
  const live = await lookFor(before.target, before.request, before.backend);
  if (live?.present === true)
    warnTo(io)(
      `the rules for ${before.target} that were applied from here are still loaded: rules uninstall ${before.target}`,
    );
}

/** Says how to confirm, and listens for the operator's word here; `rules confirm` may come from another session. */
function askToConfirm(stateDir: string, timeoutMs: number, io: Io): (id: string) => () => void {
  return (id) => {
    const seconds = String(Math.round(timeoutMs / 1000));
    const where = stateDir === STATE_DIR ? '' : ` --state-dir ${stateDir}`;
    io.err(
      `The rules are loaded. They are taken back in ${seconds} s unless you confirm:\n` +
        `  type yes here, or run in another session: netdata-egress rules confirm${where}\n`,
    );
    const stop = new AbortController();
    const typed = process.stdin.isTTY ? readYes(stop.signal) : null;
    void typed?.then((yes) => (yes ? settle(stateDir, id, 'confirmed') : null)).catch(() => null);
    return () => {
      stop.abort();
    };
  };
}

async function readYes(signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin });
  try {
    return (await lines.question('', { signal })).trim().toLowerCase() === 'yes';
  } catch {
    return false;
  } finally {
    lines.close();
  }
}

/** Nothing is loaded nor remembered. 0: it would change nothing; 1: it would. */
async function planCommand(id: string, flags: Flags, persist: boolean, io: Io): Promise<void> {
  const change = await prepare(id, flags, io);
  const { context, list, manager, request, stateDir } = change;
  const plan = loadPlan(id, list, context.options, await manager.read(context), new Date().toISOString());
  const known = await loadConfig(stateDir);
  const remembered =
    known?.target === id &&
    known.backend === context.backend &&
    JSON.stringify(known.request) === JSON.stringify(request) &&
    (!persist || (await isPersisted(change)));
  const changes = plan.changes || !remembered;
  // Rules that are loaded are not remembered before somebody confirms them.
  const state = { loaded: !plan.changes, waiting: (await readPending(stateDir)) !== null };
  if (flags.json === true)
    io.out(
      `${JSON.stringify({ schema: 'netdata-egress/rule-plan', version: 1, ...plan, changes, ...state }, null, 2)}\n`,
    );
  else io.out(planText({ ...plan, changes }));
  io.exit(changes ? EXIT.BLOCKED : EXIT.OK);
}

function planText({ target, changes, revision, before, after }: LoadPlan): string {
  if (!changes) return `${target}: nothing would change, revision ${revision.wanted}\n`;
  const [had, will] = [new Set(before), new Set(after)];
  return [
    `${target}: would change, revision ${revision.live ?? 'none'} to ${revision.wanted}`,
    ...after.filter((line) => !had.has(line)).map((line) => `+ ${line}`),
    ...before.filter((line) => !will.has(line)).map((line) => `- ${line}`),
    '',
  ].join('\n');
}

export async function applyCommand(id: string, flags: Flags, persist: boolean, io: Io = processIo): Promise<void> {
  requireRoot(persist ? 'install' : 'apply');
  if (flags.dryRun === true) return planCommand(id, flags, persist, io);
  if (flags.json === true) throw new UsageError('--json is for --dry-run');
  const timeoutMs = parseConfirmTimeout(flags.confirmTimeout);
  const stateDir = stateDirOf(flags);
  const unlock = await openState(stateDir);
  try {
    const change = await prepare(id, flags, io);
    const { context, list, request, named } = change;
    await warnOfOthers(stateDir, id, io);
    const confirmation =
      timeoutMs === 0 ? null : { timeoutMs, deadMan: deadManProgram(), waiting: askToConfirm(stateDir, timeoutMs, io) };
    const guard = backupGuard({ stateDir, target: id, context, confirmation });
    const { verdict, drifts } = await guardedChange(
      loading({
        ...change,
        now: () => new Date().toISOString(),
        reach: async () => unproven(await connectEach(request, list, context.options.families)),
      }),
      {
        ...guard,
        confirm(left) {
          for (const drift of left) warnTo(io)(`${drift.kind.replaceAll('_', ' ')}: ${drift.text}`);
          return guard.confirm(left);
        },
      },
    );
    if (verdict === 'rolled_back') {
      io.err('netdata-egress: not confirmed in time: the state before was put back\n');
      io.exit(EXIT.BLOCKED);
      return;
    }
    const now = new Date().toISOString();
    const revision = revisionOf(list, context.options);
    await record({ stateDir, now }, { list, action: 'apply', target: id, revision, why: 'applied by the operator' });
    await rememberApplied(stateDir, list, now);
    const { backend } = context;
    await saveConfig(stateDir, { ...CONFIG, target: id, request, backend, outputDir: null, named });
    if (persist) await persistRules(change, io);
    io.out(`${id}: ${stateOfRules(drifts)}, revision ${revision}\n`);
    io.exit(drifts.length === 0 && list.incomplete === undefined ? EXIT.OK : EXIT.BLOCKED);
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    io.err(`netdata-egress: ${safe(error.message)}\n`);
    io.exit(EXIT.BLOCKED);
  } finally {
    await unlock();
  }
}

const CONFIG = { schema: 'netdata-egress/rules-config', version: 1 } as const;

function stateOfRules(drifts: readonly Drift[]): string {
  if (drifts.length === 0) return 'in force';
  const has = (kind: Drift['kind']): boolean => drifts.some((drift) => drift.kind === kind);
  if (has('stored_only')) return 'stored, not in force (see above)';
  return has('overruled') || has('unproven')
    ? 'loaded, and not in force (see above)'
    : 'loaded with the reservations above';
}

/** The files that are loaded at boot are those of this change. */
async function isPersisted({ context, files, manager, stateDir, target }: Prepared): Promise<boolean> {
  if (manager.keepsRules) return true;
  const unit = rulesUnit(target.id, stateDir, context.backend);
  for (const { name, content } of [...files, unit]) {
    const there = await readIfThere(join(stateDir, 'rules', name));
    if (there === null || comparable(there) !== comparable(content)) return false;
  }
  return true;
}

/** Some managers keep their rules themselves; those of the others are loaded at boot by a unit. */
async function persistRules(change: Prepared, io: Io): Promise<void> {
  if (change.manager.keepsRules) return;
  const dir = join(change.stateDir, 'rules');
  await makeStateDir(dir);
  for (const file of change.files) await writeDurably(join(dir, file.name), file.content, file.mode);
  const unit = rulesUnit(change.target.id, change.stateDir, change.context.backend);
  await writeDurably(join(dir, unit.name), unit.content, unit.mode);
  const { runner } = change.context;
  const systemd =
    (await runner.which('systemctl')) !== null && (await runner.run(['systemctl', 'is-system-running'])).stdout !== '';
  const enabled = systemd && (await runner.run(['systemctl', 'enable', join(dir, unit.name)])).code === 0;
  if (!enabled) warnTo(io)(`to load the rules at boot, enable ${join(dir, unit.name)} (no systemd answered here)`);
}

/** Taking rules out must work on a full or read-only disk, too: what is there is then saved beside it, in memory. */
async function placeForBackup(
  stateDir: string,
  io: Io,
): Promise<{ readonly backupDir: string; readonly unlock: () => Promise<void> }> {
  let unlock = (): Promise<void> => Promise.resolve();
  try {
    await makeStateDir(stateDir);
    unlock = await takeLock(stateDir);
    await assertRoom(stateDir);
    return { backupDir: stateDir, unlock };
  } catch (error) {
    if (!(error instanceof StateUnwritable)) {
      await unlock();
      throw error;
    }
    const backupDir = await mkdtemp('/run/netdata-egress-');
    warnTo(io)(`${error.message}; what is removed is saved in ${backupDir} instead`);
    return { backupDir, unlock };
  }
}

/** Nothing is taken out. 0: there is nothing of ours; 1: there is. */
async function uninstallPlan(id: string, flags: Flags, io: Io): Promise<void> {
  const target = findTarget(id);
  const manager = findManager(id);
  try {
    const { context } = await liveContext(target, manager, toRemove(flags), flags);
    const { present } = await manager.read(context);
    io.out(present ? `${id}: our rules would be removed\n` : `${id}: nothing of ours is loaded\n`);
    io.exit(present ? EXIT.BLOCKED : EXIT.OK);
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    io.err(`netdata-egress: ${safe(error.message)}\n`);
    io.exit(EXIT.BLOCKED);
  }
}

/** Nothing is asked: what goes is found by its marker. */
const toRemove = (flags: Flags): RulesRequest => ({ ...parseRequest(flags), source: { kind: 'known' } });

export async function uninstallCommand(id: string, flags: Flags, io: Io = processIo): Promise<void> {
  requireRoot('uninstall');
  if (flags.dryRun === true) return uninstallPlan(id, flags, io);
  const stateDir = stateDirOf(flags);
  const { backupDir, unlock } = await placeForBackup(stateDir, io);
  try {
    const target = findTarget(id);
    const manager = findManager(id);
    const asked = toRemove(flags);
    const { context } = await liveContext(target, manager, asked, flags);
    const built = await buildList(asked, { wantsAddresses: true, fromHere: false });
    const list = checkAllowList(built.destinations, asked.accepted);
    const files = renderRules(target, list, { toolVersion: '0', families: [4, 6] });
    const { present } = await manager.read(context);
    const guard = backupGuard({ stateDir: backupDir, target: id, context, confirmation: null });
    await guardedChange(removing(manager, context, files), guard);
    const dir = join(stateDir, 'rules');
    if ((await context.runner.which('systemctl')) !== null)
      await context.runner.run(['systemctl', 'disable', RULES_UNIT]);
    // The rules are gone by now: what cannot be written down any more is told.
    try {
      await rm(dir, { recursive: true, force: true });
      await rm(join(stateDir, 'config.json'), { force: true });
      if (backupDir === stateDir)
        await record(
          { stateDir, now: new Date().toISOString() },
          {
            list: { ...list, hosts: [] },
            action: 'uninstall',
            target: id,
            revision: '-',
            why: 'removed by the operator',
          },
        );
    } catch (error) {
      warnTo(io)(
        `${stateDir} could not be brought up to date: ${safe(error instanceof Error ? error.message : String(error))}`,
      );
    }
    io.out(
      present
        ? `${id}: removed; what was there is saved in ${backupPath(backupDir, guard.id)}\n`
        : `${id}: nothing of ours was loaded\n`,
    );
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    io.err(`netdata-egress: ${safe(error.message)}\n`);
    io.exit(EXIT.BLOCKED);
  } finally {
    await unlock();
  }
}

export async function confirmCommand(flags: LiveFlags, io: Io = processIo): Promise<void> {
  const stateDir = stateDirOf(flags);
  const id = await readPending(stateDir);
  if (id === null) throw new UsageError('no change waits for a confirmation');
  if (flags.dryRun === true) {
    io.out(`would confirm ${id}\n`);
    io.exit(EXIT.BLOCKED);
    return;
  }
  const outcome = await settle(stateDir, id, 'confirmed');
  io.out(outcome === 'confirmed' ? `confirmed ${id}\n` : `too late: ${id} was taken back\n`);
  io.exit(outcome === 'confirmed' ? EXIT.OK : EXIT.BLOCKED);
}
