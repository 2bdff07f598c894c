/** Reads iptables-save(8) output, of either backend and family, into chains. */
import type { Hook, Manager } from './flow.js';
import { compileRule, onlyOf, type Compiled, type Surroundings } from './iptables-rule.js';
import type { Sets } from './ipset-save.js';
import type { Only } from './rule-index.js';
import type { BaseChain, Chain, Rule } from './ruleset.js';

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

/** Read when a packet first gets to it: of a long chain most packets pass by nearly all rules. */
class LateRule implements Rule {
  readonly #program: string;
  readonly #place: string;
  readonly #number: number;
  readonly #line: string;
  readonly #words: string;
  readonly #around: Surroundings;
  #compiled: Compiled | null = null;
  readonly only: Only;

  constructor(program: string, place: string, number: number, line: string, words: string, around: Surroundings) {
    this.#program = program;
    this.#place = place;
    this.#number = number;
    this.#line = line;
    this.#words = words;
    this.#around = around;
    this.only = onlyOf(words);
  }

  get #read(): Compiled {
    return (this.#compiled ??= compileRule(this.#words, this.#around));
  }

  get steps(): Rule['steps'] {
    return this.#read.steps;
  }

  get owner(): string | null {
    return this.#read.owner;
  }

  get where(): string {
    return `${this.#program} ${this.#place} rule ${String(this.#number)}`;
  }

  get text(): string {
    return this.#line.slice(0, 500);
  }
}

interface Draft {
  readonly around: Surroundings;
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
      if (!this.#drafts.has(this.#table)) {
        const chains = new Map<string, Chain>();
        const six = this.#program === 'ip6tables';
        const around = { sets: this.#sets, six, chainOf: (name: string) => chains.get(name) ?? null };
        this.#drafts.set(this.#table, { around, chains, policies: new Map() });
      }
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
    this.rules += 1;
    const around = draft.around;
    chain.rules.push(new LateRule(this.#program, place, chain.rules.length + 1, text, rule[2] ?? '', around));
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
