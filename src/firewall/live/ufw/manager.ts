/** ufw: our rules are those whose comment carries the marker. */
import { MARKER } from '../../core/names.js';
import { formatPrefix, tryParsePrefix } from '../../core/cidr.js';
import { joinPorts, type FirewallManager, type ApplyContext, type LiveEntry } from '../manager.js';
import { mustRun } from '../script-run.js';
import { ufwRules } from '../../targets/ufw.js';

const OURS = new RegExp(`^ufw (.*) comment '(${MARKER}[^']*)'$`);

interface AddedRule {
  /** Without `ufw ` and without the comment. */
  readonly text: string;
  readonly comment: string;
}

async function added(context: ApplyContext): Promise<{ ours: AddedRule[]; all: string[] }> {
  const lines = (await mustRun(context, ['ufw', 'show', 'added']))
    .split('\n')
    .filter((line) => line.startsWith('ufw '));
  const ours = lines.flatMap((line) => {
    const match = OURS.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ text: match[1], comment: match[2] }];
  });
  return { ours, all: lines };
}

async function drop(context: ApplyContext, rule: AddedRule): Promise<void> {
  await mustRun(context, ['ufw', '--force', 'delete', ...rule.text.split(' ')]);
}

function entryOf(rule: AddedRule): LiveEntry | null {
  const match = /^allow out to (\S+) port (\S+) proto tcp$/.exec(rule.text);
  const prefix = tryParsePrefix(match?.[1] ?? '');
  if (match?.[2] === undefined || 'problem' in prefix) return null;
  return { family: prefix.family, cidr: formatPrefix(prefix), ports: match[2] };
}

export const ufwManager: FirewallManager = {
  target: 'ufw',
  needs: ['ufw'],
  keepsRules: true,
  hasBackends: false,
  replaces: ['ufw'],
  unit: {
    writes: ['/run/xtables.lock', '/run/ufw.lock', '/etc/ufw', '/var/lib/ufw'],
    capabilities: 'CAP_NET_ADMIN CAP_NET_RAW CAP_DAC_OVERRIDE',
  },
  async read(context) {
    const { ours, all } = await added(context);
    const active = /^Status: active/m.test(await mustRun(context, ['ufw', 'status']));
    const first = all.findIndex((line) => OURS.test(line));
    const terminal = all
      .slice(0, Math.max(0, first))
      .find((line) => /^ufw (?:deny|reject) out to any(?: comment|$)/.test(line));
    const hasRules = ours.some((rule) => rule.text.startsWith('allow out'));
    return {
      present: ours.length > 0,
      target: 'ufw',
      running: active,
      revision: null,
      entries: joinPorts(ours.flatMap((rule) => entryOf(rule) ?? [])),
      hooks: [{ where: 'ufw', present: hasRules, shadowedBy: terminal ?? null }],
      problems: [],
    };
  },
  async capture(context) {
    const { ours } = await added(context);
    return { rules: ours };
  },
  async restore(context, captured) {
    const before = captured['rules'] as readonly AddedRule[];
    for (const rule of before.toReversed())
      await mustRun(context, ['ufw', 'prepend', ...rule.text.split(' '), 'comment', rule.comment]);
    const { ours } = await added(context);
    for (const rule of ours) if (!before.some((row) => row.text === rule.text)) await drop(context, rule);
  },
  async apply(context, _files, list) {
    // Each call of ufw takes a good part of a second: only what differs is changed, additions first.
    const wanted = ufwRules(list, context.options).map((line) => {
      const match = /^(.*) comment '(.*)'$/.exec(line);
      return { text: match?.[1] ?? line, comment: match?.[2] ?? MARKER };
    });
    const { ours } = await added(context);
    for (const rule of wanted.toReversed())
      if (!ours.some((row) => row.text === rule.text))
        await mustRun(context, ['ufw', 'prepend', ...rule.text.split(' '), 'comment', rule.comment]);
    for (const rule of ours) if (!wanted.some((row) => row.text === rule.text)) await drop(context, rule);
  },
  async remove(context) {
    for (const rule of (await added(context)).ours) await drop(context, rule);
  },
};
