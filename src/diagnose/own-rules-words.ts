/** What a finding that blames somebody else says of this host's own rules, and how to have them read. */
import type { Tag } from './confidence.js';
import type { OwnRules, Unread } from './evidence/own-rules.js';
import { quote } from './text.js';

const HOW: Readonly<Record<Unread, string>> = {
  not_permitted: 'they can be read by root alone. Run: sudo netdata-egress doctor.',
  too_large: 'there are too many of them for the time of this run. Allow more: --timeout 60s.',
  no_program: 'the program that shows them is not installed. Install nftables, or see: sudo nft list ruleset.',
  failed: 'the program that shows them failed. See: sudo nft list ruleset.',
  not_asked: 'nobody asked for them in this run. Run: sudo netdata-egress doctor.',
};

export function ownRulesWords(own: OwnRules): string {
  switch (own.state) {
    case 'clear':
      return "This host's own firewall rules were read and do not touch it.";
    case 'not_read':
      return `This host's own firewall rules were not read: ${HOW[own.why]}`;
    default:
      return `This host's own firewall was read, and whether its rule at ${quote(own.rule.where)} stops this cannot be decided from here: ${quote(own.rule.text, 120)}.`;
  }
}

export const OWN_RULES_TAGS: Readonly<Record<OwnRules['state'], Tag>> = {
  clear: 'own_rules_clear',
  bites: 'own_rules_uncertain',
  uncertain: 'own_rules_uncertain',
  not_read: 'own_rules_not_read',
};
