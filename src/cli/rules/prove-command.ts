/** `rules prove`: connects to every host that the rules are for; with a firewall of this host, reads it back as well. */
import { compareLive, type Drift } from '../../firewall/live/compare.js';
import { findManager, MANAGERS } from '../../firewall/live/managers.js';
import { overruling } from '../../firewall/live/overruled.js';
import { findTarget } from '../../firewall/registry.js';
import { checkAllowList, completeOptions } from '../../firewall/render.js';
import type { CheckedAllowList } from '../../firewall/core/target.js';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import { buildList } from './build-list.js';
import { loadConfig } from './config.js';
import { liveContext, requireRoot, stateDirOf, type LiveFlags } from './live-context.js';
import { parseRequest, renderRequest, type RuleFlags, type RulesRequest } from './options.js';
import { firstLine, processIo, safe, warnTo, type Io } from './output.js';
import { connectEach, unproven, type Proof } from './reach.js';
import { wantedList } from './status-command.js';

type Flags = RuleFlags & LiveFlags & { readonly quiet?: boolean };

export async function proveCommand(
  id: string | undefined,
  flags: Flags,
  io: Io = processIo,
  connect: typeof connectEach = connectEach,
): Promise<void> {
  const stateDir = stateDirOf(flags);
  const asRoot = process.getuid?.() === 0;
  const config = asRoot ? await loadConfig(stateDir) : null;
  const targetId = id ?? config?.target;
  if (targetId === undefined) throw new UsageError('name a target, or apply one first: rules prove <target>');
  const target = findTarget(targetId);
  const mine = config !== null && config.target === targetId && config.outputDir === null;
  const asked = mine ? config.request : parseRequest(flags);
  const live = MANAGERS.some((manager) => manager.target === targetId);
  const drifts: Drift[] = [];
  let request: RulesRequest = asked;
  let list: CheckedAllowList;
  if (live) {
    requireRoot('prove');
    const manager = findManager(targetId);
    const backend = flags.backend ?? (mine ? config.backend : null);
    const setting = await liveContext(target, manager, asked, backend === null ? flags : { ...flags, backend });
    ({ request } = setting);
    list = await wantedList(request, { stateDir, config: mine ? config : null }, io);
    const state = await manager.read(setting.context);
    drifts.push(...compareLive(list, setting.context.options, state, new Date().toISOString()));
    if (!state.present)
      drifts.push({ kind: 'not_in_force', entry: null, names: [], text: `nothing of ours is loaded for ${targetId}` });
    drifts.push(...(await overruling(list, setting.context)));
  } else {
    const built = await buildList(request, { wantsAddresses: true, fromHere: target.capabilities.proxy });
    for (const warning of built.warnings) warnTo(io)(warning);
    list = checkAllowList(built.list, request.accepted);
  }
  const { families } = completeOptions(target, renderRequest(request));
  const proof = await connect(request, list, families);
  drifts.push(...unproven(proof));
  const proven = drifts.length === 0 && proof.rows.length > 0 && list.incomplete === undefined;
  if (flags.json === true)
    io.out(
      `${JSON.stringify({ schema: 'netdata-egress/rule-proof', version: 1, target: targetId, proven, ...proof, drifts }, null, 2)}\n`,
    );
  else {
    const text = textOf({ id: targetId, live, proof, drifts, incomplete: list.incomplete ?? null });
    io.out(flags.quiet === true ? firstLine(text) : text);
  }
  io.exit(proven ? EXIT.OK : EXIT.BLOCKED);
}

interface Told {
  readonly id: string;
  readonly live: boolean;
  readonly proof: Proof;
  readonly drifts: readonly Drift[];
  readonly incomplete: string | null;
}

function textOf({ id, live, proof, drifts, incomplete }: Told): string {
  const rows = proof.rows.map(
    ({ fqdn, address, port, failure }) =>
      `  ${fqdn} ${address} tcp/${String(port)}: ${failure === null ? 'connected' : failure.replaceAll('_', ' ')}\n`,
  );
  const who = proof.account === null ? '' : ` as ${proof.account}`;
  const left = drifts.map((drift) => `  ${drift.kind.replaceAll('_', ' ')}: ${drift.text}\n`);
  const missing = incomplete === null ? '' : `  INCOMPLETE: ${incomplete}\n`;
  const head =
    rows.length === 0
      ? 'no address is known, so nothing could be proven'
      : drifts.length > 0 || incomplete !== null
        ? 'not in force as it should be'
        : live
          ? `in force: every host was reached${who}`
          : `every host was reached${who} from here`;
  return `${safe(`${id}: ${head}`)}\n${[...left, missing, ...rows].map((line) => (line === '' ? '' : `${safe(line.trimEnd())}\n`)).join('')}`;
}
