/** Our own names, where a place takes one of them. */
import { RULES } from '../../diagnose/registry.js';
import { RULE_TARGETS } from '../../firewall/registry.js';
import { formats } from '../../report/registry.js';
import { FAULTS } from '../../sim/faults/registry.js';
import { SCENARIOS } from '../../sim/scenarios/registry.js';
import { FORMS as EXPLAIN_FORMS } from '../explain/answer.js';
import { PURPOSES } from '../flags.js';
import { DIFF_FORMS } from '../report/diff.js';
import { MERGE_FORMS } from '../report/merge/command.js';
import { SHELLS } from './shells.js';

const idsOf = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id);

/** Verbs that work on the firewall of this host. */
const LIVE = new Set(['status', 'prove', 'apply', 'install', 'uninstall']);

/** Null where an argument takes no names of ours. */
export function wordsOfArgument(path: readonly string[], argument: string): readonly string[] | null {
  const [command, verb = ''] = path;
  if (argument === 'target')
    return idsOf(LIVE.has(verb) ? RULE_TARGETS.filter(({ capabilities }) => capabilities.live === true) : RULE_TARGETS);
  if (argument === 'scenario') return idsOf(SCENARIOS);
  if (command === 'explain') return idsOf(RULES);
  if (argument === 'shell') return SHELLS;
  return null;
}

/** Null where an option takes no names of ours, or says itself which. */
export function wordsOfOption(path: readonly string[], long: string): readonly string[] | null {
  const where = `${path.join(' ')} ${long}`;
  const rows: Readonly<Record<string, readonly string[]>> = {
    'explain --format': EXPLAIN_FORMS,
    'report diff --format': DIFF_FORMS,
    'report merge --format': MERGE_FORMS,
  };
  const own = rows[where];
  if (own !== undefined) return own;
  if (long === '--format') return Object.keys(formats);
  if (long === '--faults') return FAULTS.map(({ name }) => name);
  if (long === '--for') return path[0] === 'rules' ? [...PURPOSES, 'parent'] : PURPOSES;
  return null;
}
