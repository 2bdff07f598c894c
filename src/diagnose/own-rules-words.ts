/** What a finding that blames somebody else says of this host's own rules, and how to have them read. */
import { BESIDES_RULES } from '../model/besides.js';
import type { Tag } from './confidence.js';
import type { OwnRules, Unread } from './evidence/own-rules.js';
import { quote } from './text.js';

const HOW: Readonly<Record<Unread, string>> = {
  not_permitted: 'only root can read them. Run: {sudo doctor}.',
  too_large: 'there are too many for the time of this run. Allow more: --timeout 60s.',
  no_program: 'the program that shows them is not installed. Install nftables, or see: sudo nft list ruleset.',
  failed: 'the program that shows them failed. See: sudo nft list ruleset.',
  not_asked: 'this run did not ask for them. Run: {sudo doctor}.',
};

export function ownRulesWords(own: OwnRules): string {
  switch (own.state) {
    case 'clear':
      return "This host's own firewall rules are not the cause: the doctor read them.";
    case 'not_read':
      return `The doctor did not read this host's own firewall rules: ${HOW[own.why]}`;
    default:
      if (own.state === 'uncertain' && own.read.manager === BESIDES_RULES.kernel)
        return `This host's own firewall rules are not the cause, but its kernel could not send packets again itself (${quote(own.rule.text, 80)}): something else of this host may stop this.`;
      return `This host's own rule at ${quote(own.rule.where)} may stop this; the doctor cannot decide that: ${quote(own.rule.text, 120)}.`;
  }
}

export const OWN_RULES_TAGS: Readonly<Record<OwnRules['state'], Tag>> = {
  clear: 'own_rules_clear',
  bites: 'own_rules_uncertain',
  uncertain: 'own_rules_uncertain',
  not_read: 'own_rules_not_read',
};
