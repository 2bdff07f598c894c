/** iptables with both families, and ip6tables alone. */
import type { RenderedFile } from '../../model/allow-list.js';
import type { Family } from '../../model/observation.js';
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { KEEP } from '../core/keep.js';
import { KEEP_SESSION, type RuleTarget, FILTER } from '../core/target.js';
import { installLines, iptablesRules, iptablesValidators, uninstallLines } from './shared/iptables-rules.js';

function iptablesTarget(id: string, title: string, families: readonly Family[]): RuleTarget {
  const target: RuleTarget = {
    id,
    title,
    group: 'hosts',
    capabilities: FILTER,
    settings: [KEEP_SESSION, KEEP],
    render(list, options) {
      const comment = header(target, list, options);
      const short = shortHeader(target, list, options);
      const note =
        families.length === 1 ? '# IPv4 is not in this artefact: target iptables holds both families.\n' : '';
      return [
        ...families.map((family): RenderedFile => ({
          name: `${MARKER}.v${String(family)}.rules`,
          content: `${comment}${note}${iptablesRules(list, options, family, null)}`,
          mode: 0o644,
        })),
        script('install', id, short, installLines(options, families)),
        script('uninstall', id, short, uninstallLines(families)),
      ];
    },
    validators: iptablesValidators(families),
  };
  return target;
}

export const iptables = iptablesTarget('iptables', 'iptables and ip6tables', [4, 6]);
export const ip6tables = iptablesTarget('ip6tables', 'ip6tables alone', [6]);
