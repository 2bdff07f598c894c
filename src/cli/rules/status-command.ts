/** `rules status`: who runs this host's firewall, and do its live rules still say what was asked for? */
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import { compareLive, type Drift } from '../../firewall/live/compare.js';
import { detectManagers, type Detection } from '../../firewall/live/detect.js';
import { MANAGERS, findManager } from '../../firewall/live/managers.js';
import { hostRunner } from '../../firewall/live/runner.js';
import { overruling } from '../../firewall/live/overruled.js';
import { loadState } from '../../firewall/live/change/record.js';
import { listOf } from '../../firewall/live/refresh/run.js';
import { findTarget } from '../../firewall/registry.js';
import { checkAllowList } from '../../firewall/render.js';
import type { CheckedAllowList } from '../../firewall/core/target.js';
import { buildList, hostsHere } from './build-list.js';
import { loadConfig, type RulesConfig } from './config.js';
import { liveContext, lookFor, requireRoot, stateDirOf, type LiveFlags } from './live-context.js';
import { parseRequest, type RuleFlags, type RulesRequest } from './options.js';
import { firstLine, processIo, safe, warnTo, type Io } from './output.js';

type Flags = RuleFlags & LiveFlags & { readonly quiet?: boolean };

function detectionText(detection: Detection): string {
  const lines = detection.managers.map((manager) => `  ${manager.id}: ${safe(manager.evidence)}`);
  return [
    'This host is filtered by:',
    ...(lines.length > 0 ? lines : ['  nothing that we know']),
    ...(detection.mixedBackends ? ['  both iptables backends hold rules: a packet passes both'] : []),
    ...detection.retired.map(
      ({ address, until }) =>
        `  a rule names ${address}: Netdata Cloud left this address by ${until ?? ''}, and somebody else may have it now`,
    ),
    ...detection.notChecked.map((text) => `  not checked: ${safe(text)}`),
    ...(detection.suggestion === null ? [] : [`Rules for it: netdata-egress rules ${detection.suggestion}`]),
    '',
  ].join('\n');
}

/** What should be in force: what refreshing remembers, or what the options say now. */
export async function wantedList(
  request: RulesRequest,
  { stateDir, config }: { readonly stateDir: string; readonly config: RulesConfig | null },
  io: Io,
): Promise<CheckedAllowList> {
  const now = new Date().toISOString();
  const remembered = config?.named ?? null;
  if (config !== null) {
    const state = await loadState(stateDir);
    const { hosts } = await hostsHere(request, { asks: false, remembered });
    const resolvers = request.resolvers.map((row) => row.address);
    if (state.seen.length > 0)
      return listOf({ hosts, resolvers, accepted: request.accepted, provenOnly: request.provenOnly }, state, now);
  }
  const built = await buildList(request, { wantsAddresses: true, fromHere: true, remembered }, now);
  for (const warning of built.warnings) warnTo(io)(warning);
  return checkAllowList(built.list, request.accepted);
}

/** Targets with rules of ours, whoever loaded them; each is asked whose rules it sees. */
async function loadedTargets(request: RulesRequest): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { target } of MANAGERS) {
    const live = await lookFor(target, request);
    if (live?.present === true) found.add(live.target);
  }
  return [...found];
}

function foundText(found: readonly string[]): string {
  const [first] = found;
  if (first === undefined) return 'Nothing of ours was applied from here, and none of it is loaded.\n';
  return (
    `Rules of ours are loaded, but were not recorded here: ${found.join(', ')}\n` +
    `Compare them: netdata-egress rules status ${first}\n`
  );
}

export async function statusCommand(id: string | undefined, flags: Flags, io: Io = processIo): Promise<void> {
  requireRoot('status');
  const stateDir = stateDirOf(flags);
  const config: RulesConfig | null = await loadConfig(stateDir);
  const targetId = id ?? config?.target;
  if (targetId === undefined) {
    const detection = await detectManagers(hostRunner);
    const found = await loadedTargets(parseRequest(flags));
    if (flags.json === true)
      io.out(
        `${JSON.stringify({ schema: 'netdata-egress/rule-status', version: 1, detection, target: null, found }, null, 2)}\n`,
      );
    else io.out(flags.quiet === true ? firstLine(foundText(found)) : `${detectionText(detection)}${foundText(found)}`);
    return;
  }
  if (config !== null && config.outputDir !== null && id === undefined)
    throw new UsageError(`${config.target} is kept as files in ${config.outputDir}; use rules refresh --dry-run`);
  const target = findTarget(targetId);
  const manager = findManager(targetId);
  const mine = config?.target === targetId;
  const asked = mine && config !== null ? config.request : parseRequest(flags);
  const backend = flags.backend ?? (mine ? config?.backend : null);
  const { request, context, detection } = await liveContext(target, manager, asked, {
    ...flags,
    ...(backend === null || backend === undefined ? {} : { backend }),
  });
  const list = await wantedList(request, { stateDir, config: mine ? config : null }, io);
  const live = await manager.read(context);
  const drifts: Drift[] = [...compareLive(list, context.options, live, new Date().toISOString())];
  if (live.present) drifts.push(...(await overruling(list, context)));
  const inForce = live.present && drifts.length === 0;
  if (flags.json === true)
    io.out(
      `${JSON.stringify({ schema: 'netdata-egress/rule-status', version: 1, detection, target: targetId, inForce, live, drifts }, null, 2)}\n`,
    );
  else {
    const state = stateText(targetId, live.present, drifts);
    io.out(flags.quiet === true ? firstLine(state) : `${detectionText(detection)}${state}`);
  }
  io.exit(inForce ? EXIT.OK : EXIT.BLOCKED);
}

function stateText(id: string, present: boolean, drifts: readonly Drift[]): string {
  if (!present) return `${id}: nothing of ours is loaded\n`;
  if (drifts.length === 0) return `${id}: in force and up to date\n`;
  const rows = drifts.map((drift) => `  ${drift.kind.replaceAll('_', ' ')}: ${safe(drift.text)}\n`);
  return `${id}: loaded, with ${String(drifts.length)} ${drifts.length === 1 ? 'difference' : 'differences'}\n${rows.join('')}`;
}
