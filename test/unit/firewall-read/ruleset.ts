/** Rulesets as the programs print them, and what the reader says of a flow. */
import type { Flow, Host, Verdict } from '../../../src/firewall/read/flow.js';
import { judge } from '../../../src/firewall/read/judge.js';
import { RulesetReader, type Source } from '../../../src/firewall/read/read-ruleset.js';
import type { Ruleset } from '../../../src/firewall/read/ruleset.js';

export const HOST: Host = {
  ephemeral: { lo: 32_768, hi: 60_999 },
  queues: new Set(),
  ecn: false,
  ttl: 64,
  ipsec: false,
  bridges: new Set(),
  now: Date.parse('2026-03-04T10:00:00Z'),
};

export function read(sources: Partial<Record<Source, string>>): Ruleset {
  const reader = new RulesetReader();
  for (const [source, text] of Object.entries(sources) as [Source, string][]) {
    reader.push(source, text);
    reader.end(source);
  }
  return reader.ruleset();
}

export function verdictOn(sources: Partial<Record<Source, string>>, flow: Flow, host: Host = HOST): Verdict {
  return judge(read(sources), flow, host);
}
