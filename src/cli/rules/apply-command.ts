/** `rules apply`, `install`, `uninstall`, `confirm`: one guarded change of the host's firewall. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import { compareLive } from '../../firewall/compare.js';
import { revisionOf } from '../../firewall/header.js';
import { findApplier } from '../../firewall/live/appliers/registry.js';
import { LiveError, type Applier, type ApplyContext } from '../../firewall/live/applier.js';
import {
  armDeadMan,
  decide,
  isRestored,
  markRestored,
  outcomeOf,
  readPending,
  restoreBackup,
  saveBackup,
  writePending,
  type Backup,
} from '../../firewall/live/change.js';
import { checkFiles } from '../../firewall/live/check.js';
import { overruling } from '../../firewall/live/overruled.js';
import { loadHistory, loadState, paths } from '../../firewall/live/refresh-run.js';
import { findSshSession, sessionWouldBeCut } from '../../firewall/live/ssh-session.js';
import { appendDurably, makeStateDir, takeLock, writeDurably } from '../../firewall/live/store.js';
import { chain } from '../../firewall/refresh/history.js';
import { mergeAnswers } from '../../firewall/refresh/state.js';
import { findTarget } from '../../firewall/registry.js';
import { checkAllowList, renderRules } from '../../firewall/render.js';
import { KEEP_SESSION, type CheckedAllowList, type RuleTarget } from '../../firewall/target.js';
import { RULES_UNIT, rulesUnit } from '../../firewall/units.js';
import type { RenderedFile } from '../../model/allow-list.js';
import { buildList } from './build-list.js';
import { loadConfig, saveConfig } from './config.js';
import { liveContext, lookFor, requireRoot, stateDirOf, type LiveFlags } from './live-context.js';
import { parseRequest, renderRequest, type RuleFlags, type RulesRequest } from './options.js';
import { processIo, safe, warnTo, type Io } from './output.js';
import { parseConfirmTimeout } from './confirm-timeout.js';

type Flags = RuleFlags & LiveFlags;

interface Change {
  readonly target: RuleTarget;
  readonly applier: Applier;
  readonly context: ApplyContext;
  readonly request: RulesRequest;
  readonly list: CheckedAllowList;
  readonly files: readonly RenderedFile[];
  readonly stateDir: string;
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

async function prepare(id: string, flags: Flags, io: Io): Promise<Change> {
  const target = findTarget(id);
  const applier = findApplier(id);
  const asked = parseRequest(flags);
  const stateDir = stateDirOf(flags);
  const first = await liveContext(target, applier, asked, flags);
  if (id === 'nftables' && asked.mode === 'allow' && first.detection.egressChains.length === 0) {
    const { suggestion } = first.detection;
    const other =
      suggestion === null || suggestion === id
        ? ''
        : `. This host is filtered by ${suggestion}: rules apply ${suggestion}`;
    throw new UsageError(
      `no chain of nftables judges what leaves this host: there is nothing to allow (--mode enforce denies everything else)${other}`,
    );
  }
  const built = await buildList(first.request, target.capabilities.matches !== 'names');
  for (const warning of built.warnings) warnTo(io)(warning);
  const list = checkAllowList(built.list, asked.accepted);
  const kept = await protectSession(first.request, flags, list, first.context);
  const { request, context, detection } =
    kept === first.request ? first : await liveContext(target, applier, kept, flags);
  const front = detection.managers.find((manager) => ['ufw', 'firewalld', 'firehol', 'shorewall'].includes(manager.id));
  if (front !== undefined && front.id !== id)
    warnTo(io)(
      `this host is run by ${front.id} (${front.evidence}); its own target fits better: rules apply ${front.id}`,
    );
  const files = renderRules(target, list, renderRequest(request));
  const verdicts = await checkFiles(target, files);
  const rejected = verdicts.find((verdict) => verdict.outcome === 'rejected');
  if (rejected !== undefined)
    throw new LiveError(`${rejected.judge} rejects the rules, nothing was changed: ${rejected.problems[0] ?? ''}`);
  return { target, applier, context, request, list, files, stateDir };
}

/** Applies and reads back; whatever goes wrong, the state before is put back. True when nothing is in their way. */
async function applyOrUndo(change: Change, backup: Backup, io: Io): Promise<boolean> {
  const { applier, context, files, list } = change;
  const undo = async (why: string): Promise<never> => {
    if ((await decide(change.stateDir, backup.id, 'rolled_back')) === 'rolled_back') {
      await restoreBackup(backup, context);
      await markRestored(change.stateDir, backup.id);
    }
    throw new LiveError(`${why}; the state before was put back`);
  };
  try {
    await applier.apply(context, files, list);
  } catch (error) {
    await undo(error instanceof LiveError ? error.message : 'applying failed');
  }
  const drifts = compareLive(list, context.options, await applier.read(context), new Date().toISOString());
  const fatal = drifts.find((drift) => ['missing', 'extra', 'not_in_force'].includes(drift.kind));
  if (fatal !== undefined && !/^ufw is not active|^firewalld is not running/.test(drifts.map((row) => row.text).join()))
    await undo(`after applying, ${fatal.text}`);
  const all = [...drifts, ...(await overruling(list, context))];
  for (const drift of all) warnTo(io)(`${drift.kind.replaceAll('_', ' ')}: ${drift.text}`);
  return all.length === 0;
}

/** Rules of another target that were applied from here and are still loaded: changing the manager leaves them behind. */
async function warnOfOthers(stateDir: string, id: string, io: Io): Promise<void> {
  const before = await loadConfig(stateDir);
  if (before === null || before.target === id || before.outputDir !== null) return;
  // These share their chains: the new rules take the place of the old ones.
  const iptables = ['iptables', 'ip6tables', 'ipset'];
  if (iptables.includes(before.target) && iptables.includes(id)) return;
  const live = await lookFor(before.target, before.request, before.backend);
  if (live === true)
    warnTo(io)(
      `the rules for ${before.target} that were applied from here are still loaded: rules uninstall ${before.target}`,
    );
}

/** Waits for the operator's word, here or by `rules confirm` from another session. */
async function awaitConfirmation(
  change: Change,
  backup: Backup,
  timeoutMs: number,
  io: Io,
): Promise<'confirmed' | 'rolled_back'> {
  const { stateDir } = change;
  const seconds = String(Math.round(timeoutMs / 1000));
  io.err(
    `The rules are loaded. They are taken back in ${seconds} s unless you confirm:\n` +
      `  type yes here, or run in another session: netdata-egress rules confirm${stateDir === '/var/lib/netdata-egress' ? '' : ` --state-dir ${stateDir}`}\n`,
  );
  const stop = new AbortController();
  const typed = process.stdin.isTTY ? readYes(stop.signal) : null;
  void typed?.then((yes) => (yes ? decide(stateDir, backup.id, 'confirmed') : null)).catch(() => null);
  // The dead man decides; this only watches, and a little longer than he waits.
  const deadline = performance.now() + timeoutMs + 30_000;
  try {
    while (performance.now() < deadline) {
      const outcome = await outcomeOf(stateDir, backup.id);
      if (outcome === 'confirmed') return outcome;
      if (outcome === 'rolled_back' && (await isRestored(stateDir, backup.id))) return outcome;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    stop.abort();
  }
  throw new LiveError(`nothing confirmed or took back the change; its backup is ${backup.id} in ${stateDir}/backup`);
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

/** History, refresh memory, configuration: only for what is confirmed. */
async function remember(change: Change, action: 'apply' | 'uninstall'): Promise<void> {
  const { stateDir, list, target, context, request } = change;
  const now = new Date().toISOString();
  const { entries } = await loadHistory(stateDir);
  const pairs = list.hosts.flatMap((host) => host.addresses.map((row) => `${host.fqdn} ${row.cidr}`));
  const entry = chain(entries, {
    at: now,
    action,
    target: target.id,
    revision: action === 'apply' ? revisionOf(list, context.options) : '-',
    added: action === 'apply' ? pairs : [],
    removed: action === 'apply' ? [] : pairs,
    total: action === 'apply' ? pairs.length : 0,
    why: action === 'apply' ? 'applied by the operator' : 'removed by the operator',
  });
  await mkdir(join(stateDir, 'snapshots'), { recursive: true, mode: 0o700 });
  const snapshot = action === 'apply' ? list : { ...list, hosts: [] };
  await writeDurably(paths.snapshot(stateDir, entry.number), `${JSON.stringify(snapshot)}\n`);
  await appendDurably(paths.history(stateDir), JSON.stringify(entry));
  if (action !== 'apply') return;
  const names = list.hosts.map((host) => ({
    fqdn: host.fqdn,
    good: host.addresses.length > 0,
    failures: [],
    answers: host.addresses.map((row) => ({ ...row, fqdn: host.fqdn, address: row.cidr.replace(/\/(?:32|128)$/, '') })),
  }));
  const merged = mergeAnswers({ state: await loadState(stateDir), hosts: list.hosts, names, inUse: [], now });
  await writeDurably(paths.state(stateDir), `${JSON.stringify({ ...merged.state, pinned: null }, null, 1)}\n`);
  const { backend } = context;
  await saveConfig(stateDir, {
    schema: 'netdata-egress/rules-config',
    version: 1,
    target: target.id,
    request,
    backend,
    outputDir: null,
  });
}

export async function applyCommand(id: string, flags: Flags, persist: boolean, io: Io = processIo): Promise<void> {
  requireRoot(persist ? 'install' : 'apply');
  const timeoutMs = parseConfirmTimeout(flags.confirmTimeout);
  const stateDir = stateDirOf(flags);
  await makeStateDir(stateDir);
  const unlock = await takeLock(stateDir);
  try {
    const change = await prepare(id, flags, io);
    await warnOfOthers(stateDir, id, io);
    const backup = await saveBackup(stateDir, id, change.context, new Date().toISOString());
    if (timeoutMs > 0) {
      await writePending(stateDir, backup.id);
      armDeadMan(stateDir, backup, timeoutMs);
    }
    const free = await applyOrUndo(change, backup, io);
    const outcome =
      timeoutMs > 0
        ? await awaitConfirmation(change, backup, timeoutMs, io)
        : await decide(stateDir, backup.id, 'confirmed');
    await writePending(stateDir, null);
    if (outcome === 'rolled_back') {
      io.err('netdata-egress: not confirmed in time: the state before was put back\n');
      io.exit(EXIT.BLOCKED);
      return;
    }
    await remember(change, 'apply');
    if (persist) await persistRules(change, io);
    const state = free ? 'in force' : 'loaded with the reservations above';
    io.out(`${id}: ${state}, revision ${revisionOf(change.list, change.context.options)}\n`);
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    await writePending(stateDir, null);
    io.err(`netdata-egress: ${safe(error.message)}\n`);
    io.exit(EXIT.BLOCKED);
  } finally {
    await unlock();
  }
}

/** ufw and firewalld keep their rules themselves; the others are loaded at boot by a unit. */
async function persistRules(change: Change, io: Io): Promise<void> {
  if (change.target.id === 'ufw' || change.target.id === 'firewalld') return;
  const dir = join(change.stateDir, 'rules');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const file of change.files) await writeDurably(join(dir, file.name), file.content, file.mode);
  const unit = rulesUnit(change.target.id, change.stateDir, change.context.backend);
  await writeDurably(join(dir, unit.name), unit.content, unit.mode);
  const { runner } = change.context;
  const systemd =
    (await runner.which('systemctl')) !== null && (await runner.run(['systemctl', 'is-system-running'])).stdout !== '';
  const enabled = systemd && (await runner.run(['systemctl', 'enable', join(dir, unit.name)])).code === 0;
  if (!enabled) warnTo(io)(`to load the rules at boot, enable ${join(dir, unit.name)} (no systemd answered here)`);
}

export async function uninstallCommand(id: string, flags: Flags, io: Io = processIo): Promise<void> {
  requireRoot('uninstall');
  const stateDir = stateDirOf(flags);
  await makeStateDir(stateDir);
  const unlock = await takeLock(stateDir);
  try {
    const target = findTarget(id);
    const applier = findApplier(id);
    // Nothing is asked: what goes is found by its marker.
    const asked: RulesRequest = { ...parseRequest(flags), source: { kind: 'known' } };
    const { context } = await liveContext(target, applier, asked, flags);
    const built = await buildList({ ...asked, proxy: null }, true);
    const list = checkAllowList(built.destinations, asked.accepted);
    const files = renderRules(target, list, { toolVersion: '0', families: [4, 6] });
    const before = await applier.read(context);
    const backup = await saveBackup(stateDir, id, context, new Date().toISOString());
    await applier.remove(context, files);
    const left = await applier.read(context);
    if (left.present) {
      await restoreBackup(backup, context);
      throw new LiveError('something of ours was still there after removing it; the state before was put back');
    }
    const dir = join(stateDir, 'rules');
    if ((await context.runner.which('systemctl')) !== null)
      await context.runner.run(['systemctl', 'disable', RULES_UNIT]);
    await rm(dir, { recursive: true, force: true });
    await rm(join(stateDir, 'config.json'), { force: true });
    await remember({ target, applier, context, request: asked, list, files, stateDir }, 'uninstall');
    io.out(
      before.present
        ? `${id}: removed; what was there is saved in ${join(stateDir, 'backup', `${backup.id}.json`)}\n`
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
  const outcome = await decide(stateDir, id, 'confirmed');
  io.out(outcome === 'confirmed' ? `confirmed ${id}\n` : `too late: ${id} was taken back\n`);
  io.exit(outcome === 'confirmed' ? EXIT.OK : EXIT.BLOCKED);
}
