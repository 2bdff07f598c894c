/**
 * Docker with its iptables backend: containers' packets are forwarded, so the host's OUTPUT never sees them. Docker
 * keeps the chain DOCKER-USER for rules of the administrator, runs it before its own, and never empties it.
 * Sources: docs/rules/docker-user.md names Docker's pages; docs/reference/firewall.md#iptables.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import type { Family } from '../../model/observation.js';
import { header, shortHeader } from '../core/header.js';
import { IPT_CHAIN_FORWARD, MARKER } from '../core/names.js';
import { script, shellQuote } from '../core/script.js';
import { type RuleSetting, type RuleTarget, USUAL } from '../core/target.js';
import { iptablesRules, iptablesValidators } from './shared/iptables-rules.js';

const ID = 'docker-user';
const HOOK = 'DOCKER-USER';
const FAMILIES: readonly Family[] = [4, 6];

/** The kernel keeps 15 characters; `+` at the end stands for any rest. */
const BRIDGE: RuleSetting = {
  name: 'bridge',
  title: 'only from this bridge, e.g. docker0 or br-+; none = whatever the host forwards',
  default: '',
  pattern: /^(?:[a-zA-Z][a-zA-Z0-9_.-]{0,13}\+?)?$/,
};

const COMMENT = `-m comment --comment ${shellQuote(MARKER)}`;
const PROGRAMS = 'ipt4=${IPTABLES:-iptables}\nipt6=${IP6TABLES:-ip6tables}\n';

function install(): string {
  return `${PROGRAMS}load() {
	if ! "$1" -w -n -L ${HOOK} >/dev/null 2>&1; then
		echo "$1 has no chain ${HOOK}: start Docker first; with its nftables backend use the target docker-nftables" >&2
		return "$3"
	fi
	"$1-restore" -w --noflush <"$2"
	"$1" -w -C ${HOOK} ${COMMENT} -j ${IPT_CHAIN_FORWARD} 2>/dev/null ||
		"$1" -w -I ${HOOK} 1 ${COMMENT} -j ${IPT_CHAIN_FORWARD}
}
load "$ipt4" "$dir/${MARKER}.v4.rules" 1
# Docker filters IPv6 only where its option ip6tables is on.
load "$ipt6" "$dir/${MARKER}.v6.rules" 0
`;
}

function uninstall(): string {
  return `${PROGRAMS}for ipt in "$ipt4" "$ipt6"; do
	while "$ipt" -w -D ${HOOK} ${COMMENT} -j ${IPT_CHAIN_FORWARD} 2>/dev/null; do :; done
	if "$ipt" -w -n -L ${IPT_CHAIN_FORWARD} >/dev/null 2>&1; then
		"$ipt" -w -F ${IPT_CHAIN_FORWARD}
		"$ipt" -w -X ${IPT_CHAIN_FORWARD}
	fi
done
`;
}

export const dockerUser: RuleTarget = {
  id: ID,
  title: 'Docker, chain DOCKER-USER (iptables backend)',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses', families: FAMILIES },
  settings: [BRIDGE],
  render(list, options) {
    const comment = header(dockerUser, list, options);
    const short = shortHeader(dockerUser, list, options);
    const bridge = options.settings[BRIDGE.name] ?? '';
    const into = {
      out: IPT_CHAIN_FORWARD,
      back: IPT_CHAIN_FORWARD,
      forwarded: bridge === '' ? '' : `-i ${bridge} `,
    };
    return [
      ...FAMILIES.map((family): RenderedFile => ({
        name: `${MARKER}.v${String(family)}.rules`,
        content:
          `${comment}# For containers alone: the host itself is not meant (target iptables).\n` +
          iptablesRules(list, options, family, null, into),
        mode: 0o644,
      })),
      script('install', ID, short, install()),
      script('uninstall', ID, short, uninstall()),
    ];
  },
  validators: iptablesValidators(FAMILIES),
};
