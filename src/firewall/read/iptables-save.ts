/** Reads iptables-save(8) output, of either backend and family, into chains. */
import type { Hook, Manager } from './flow.js';
import { compileRule, type Compiled } from './iptables-rule.js';
import type { Sets } from './ipset-save.js';
import type { BaseChain, Chain } from './ruleset.js';

/** Where the kernel hooks each table's chains in (uapi/linux/netfilter_ipv4.h). */
const PRIORITIES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  raw: { PREROUTING: -300, OUTPUT: -300 },
  mangle: { PREROUTING: -150, INPUT: -150, OUTPUT: -150, POSTROUTING: -150 },
  nat: { PREROUTING: -100, INPUT: 100, OUTPUT: -100, POSTROUTING: 100 },
  filter: { INPUT: 0, OUTPUT: 0 },
  security: { INPUT: 50, OUTPUT: 50 },
};

const HOOKS: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

export interface Table {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly bases: readonly BaseChain[];
}

interface Draft {
  readonly chains: Map<string, Chain>;
  readonly policies: Map<string, string>;
}

/** One program's output; feed it line by line, then take the tables. */
export class IptablesReader {
  rules = 0;
  readonly #program: 'iptables' | 'ip6tables';
  readonly #manager: Manager;
  readonly #sets: Sets;
  readonly #drafts = new Map<string, Draft>();
  #table = '';

  constructor(program: 'iptables' | 'ip6tables', manager: Manager, sets: Sets) {
    this.#program = program;
    this.#manager = manager;
    this.#sets = sets;
  }

  line(text: string): void {
    const first = text.charCodeAt(0);
    if (first === 42) {
      this.#table = text.slice(1).trim();
      if (!this.#drafts.has(this.#table)) this.#drafts.set(this.#table, { chains: new Map(), policies: new Map() });
      return;
    }
    const draft = this.#drafts.get(this.#table);
    if (draft === undefined) return;
    if (first === 58) {
      const [name = '', policy = ''] = text.slice(1).split(' ');
      chainOf(draft, name);
      draft.policies.set(name, policy);
      return;
    }
    // With -c, counters stand in front.
    const rule = /^(?:\[\d+:\d+\] )?-A (\S+) ?(.*)$/.exec(text);
    if (rule === null) return;
    const chain = chainOf(draft, rule[1] ?? '');
    const place = this.#table === 'filter' ? chain.name : `${this.#table} ${chain.name}`;
    const compiled: Compiled = compileRule(rule[2] ?? '', {
      sets: this.#sets,
      six: this.#program === 'ip6tables',
      chainOf: (name) => draft.chains.get(name) ?? null,
    });
    this.rules += 1;
    chain.rules.push({
      where: `${this.#program} ${place} rule ${String(chain.rules.length + 1)}`,
      text: text.length > 500 ? text.slice(0, 500) : text,
      ...compiled,
    });
  }

  tables(): ReadonlyMap<string, Table> {
    return new Map(
      [...this.#drafts].map(([name, draft]): [string, Table] => [
        name,
        { chains: draft.chains, bases: this.#basesOf(name, draft) },
      ]),
    );
  }

  #basesOf(table: string, { chains, policies }: Draft): readonly BaseChain[] {
    return Object.entries(PRIORITIES[table] ?? {}).flatMap(([name, priority]): BaseChain[] => {
      const [chain, hook] = [chains.get(name), HOOKS[name]];
      if (chain === undefined || hook === undefined) return [];
      return [
        {
          manager: this.#manager,
          chain,
          hook,
          nat: table === 'nat',
          reroutes: table === 'mangle' && hook === 'output',
          priority,
          family: this.#program === 'iptables' ? 4 : 6,
          drops: policies.get(name) === 'DROP',
          where: `${this.#program} ${table === 'filter' ? name : `${table} ${name}`}`,
          devices: null,
        },
      ];
    });
  }
}

function chainOf(draft: Draft, name: string): Chain {
  const chain = draft.chains.get(name) ?? { name, rules: [] };
  draft.chains.set(name, chain);
  return chain;
}
