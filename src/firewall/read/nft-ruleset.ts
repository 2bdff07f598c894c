/** Reads `nft -j list ruleset` (libnftables-json(5)) while it arrives, into chains. Foreign JSON: nothing is trusted. */
import type { Hook } from './flow.js';
import type { Table } from './iptables-save.js';
import { JsonItems } from './json-items.js';
import { compileExpressions, onlyOf, ownerOf } from './nft-rule.js';
import { NftSet } from './nft-sets.js';
import { isObject, type Json } from './nft-values.js';
import type { BaseChain, Chain, Rule } from './ruleset.js';

const HOOKS: readonly Hook[] = ['output', 'egress', 'postrouting', 'ingress', 'prerouting', 'input'];
const FAMILIES: Readonly<Record<string, 4 | 6 | null>> = {
  inet: null,
  ip: 4,
  ip6: 6,
  netdev: null,
  bridge: null,
  arp: 4,
};

/** Hook and priority of each chain that iptables-nft makes, by table. */
const IPTABLES_CHAINS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  raw: { PREROUTING: -300, OUTPUT: -300 },
  mangle: { PREROUTING: -150, INPUT: -150, FORWARD: -150, OUTPUT: -150, POSTROUTING: -150 },
  nat: { PREROUTING: -100, INPUT: 100, OUTPUT: -100, POSTROUTING: 100 },
  filter: { INPUT: 0, FORWARD: 0, OUTPUT: 0 },
  // As iptables-nft has it; the kernel's own tables of the old backend are at 50.
  security: { INPUT: 150, FORWARD: 150, OUTPUT: 150 },
};

interface NftTable {
  readonly family: string;
  readonly name: string;
  readonly chains: Map<string, Chain>;
  readonly bases: BaseChain[];
  readonly sets: Map<string, NftSet>;
  /** Names of sets that rules put elements in as packets pass: who is in it now says little about who was. */
  readonly changing: Set<string>;
  /** Rules with a part that only iptables can read, by chain. */
  readonly opaque: { readonly chain: string; readonly index: number }[];
  /** Something in it is not of iptables' making. */
  native: boolean;
}

export class NftReader {
  rules = 0;
  elements = 0;
  readonly #tables = new Map<string, NftTable>();
  readonly #items: JsonItems;
  /** A set whose elements are being read, before its name is known. */
  #set: NftSet | null = null;
  #malformed = false;
  readonly #arp: BaseChain[] = [];

  constructor() {
    this.#items = new JsonItems({
      elements: (text) => this.#take(text),
      item: (text) => this.#item(text),
    });
  }

  push(chunk: string): void {
    this.#items.push(chunk);
  }

  /** Whether all of it was what nft prints. */
  get whole(): boolean {
    return this.#items.complete && !this.#items.broken && !this.#malformed;
  }

  get arp(): readonly BaseChain[] {
    return this.#arp;
  }

  /** A chain of netdev hooks whose devices the JSON does not tell. */
  get devicesMissing(): boolean {
    return this.#all().some(({ hook, devices }) => (hook === 'ingress' || hook === 'egress') && devices === null);
  }

  #all(): readonly BaseChain[] {
    return [...this.#tables.values()].flatMap(({ bases }) => bases);
  }

  #take(text: string): void {
    const elements = parsed(`[${text}]`);
    if (!Array.isArray(elements)) {
      this.#malformed = true;
      return;
    }
    this.elements += elements.length;
    this.#set ??= new NftSet();
    for (const element of elements as readonly unknown[]) this.#set.add(element);
  }

  #item(text: string): void {
    const item = parsed(text);
    if (!isObject(item)) {
      this.#malformed = true;
      return;
    }
    const { chain, rule, set, map } = item;
    if (isObject(chain)) this.#chain(chain);
    else if (isObject(rule)) this.#rule(rule, text);
    else if (isObject(set)) this.#named(set);
    else if (isObject(map)) this.#named(map);
    this.#set = null;
  }

  #tableOf(of: Json): NftTable {
    const [family, name] = [String(of['family']), String(of['table'])];
    const known = this.#tables.get(`${family} ${name}`);
    if (known !== undefined) return known;
    const table: NftTable = {
      family,
      name,
      chains: new Map(),
      bases: [],
      sets: new Map(),
      changing: new Set(),
      opaque: [],
      native: IPTABLES_CHAINS[name] === undefined || (family !== 'ip' && family !== 'ip6'),
    };
    this.#tables.set(`${family} ${name}`, table);
    return table;
  }

  #chain(json: Json): void {
    const table = this.#tableOf(json);
    const name = String(json['name']);
    const chain = chainIn(table, name);
    const hook = json['hook'];
    if (typeof hook !== 'string') return;
    const priority = typeof json['prio'] === 'number' ? json['prio'] : 0;
    if (IPTABLES_CHAINS[table.name]?.[name] !== priority || name.toLowerCase() !== hook) table.native = true;
    const family = FAMILIES[table.family];
    const isArp = table.family === 'arp';
    if (family === undefined || (!isArp && !HOOKS.includes(hook as Hook))) return;
    const bridged = table.family === 'bridge' ? (`bridge_${hook}` as Hook) : (hook as Hook);
    (isArp ? this.#arp : table.bases).push({
      manager: 'nftables',
      chain,
      hook: bridged,
      nat: json['type'] === 'nat',
      reroutes: json['type'] === 'route',
      priority,
      family,
      drops: json['policy'] === 'drop',
      where: `nftables ${table.family} ${table.name} ${name}`,
      devices: devicesOf(json['dev']),
    });
  }

  #named(json: Json): void {
    const table = this.#tableOf(json);
    table.native = true;
    const name = String(json['name']);
    // Rules name their set and find it when a packet is looked up: by then all have been read.
    if (this.#set !== null) table.sets.set(name, this.#set);
    const set = setIn(table, name);
    const elements = json['elem'];
    if (!Array.isArray(elements)) return;
    for (const element of elements as readonly unknown[]) set.add(element);
    this.elements += elements.length;
  }

  #rule(json: Json, text: string): void {
    const table = this.#tableOf(json);
    const chain = chainIn(table, String(json['chain']));
    const expressions = Array.isArray(json['expr']) ? json['expr'].filter(isObject) : [];
    this.rules += 1;
    const { steps, opaque, native } = compileExpressions(expressions, {
      chainOf: (name) => chainIn(table, name),
      setOf: (name) => table.sets.get(name) ?? null,
      changes: (name) => table.changing.add(name),
      isChanging: (name) => table.changing.has(name),
    });
    if (native) table.native = true;
    if (opaque) table.opaque.push({ chain: chain.name, index: chain.rules.length });
    const at = text.indexOf('"expr"');
    chain.rules.push({
      where: `nftables ${table.family} ${table.name} ${chain.name} handle ${String(Number(json['handle'] ?? 0))}`,
      text: text.slice(at < 0 ? 0 : at + 8, at + 508),
      owner: ownerOf(expressions),
      only: onlyOf(expressions),
      steps,
    });
  }

  /**
   * The chains that count. Tables of iptables' own making are taken from iptables-save, which shows all of their
   * matches; every other table from here, rule by rule, even where iptables-save pretends to show it.
   */
  bases(saved: { readonly 4: Tables | null; readonly 6: Tables | null }): readonly BaseChain[] {
    return [...this.#tables.values()].flatMap((table): readonly BaseChain[] => {
      const theirs = saved[table.family === 'ip6' ? 6 : 4]?.get(table.name);
      if (theirs === undefined || (table.family !== 'ip' && table.family !== 'ip6')) return table.bases;
      const same = (name: string): boolean =>
        (theirs.chains.get(name)?.rules.length ?? 0) === (table.chains.get(name)?.rules.length ?? 0);
      if (!table.native && [...table.chains.keys()].every(same)) return theirs.bases;
      for (const { chain, index } of table.opaque) {
        const rules = table.chains.get(chain)?.rules;
        const [own, other] = [rules?.[index], theirs.chains.get(chain)?.rules[index]];
        if (rules !== undefined && own !== undefined && other !== undefined && same(chain) && !leads(other))
          rules[index] = { ...own, steps: other.steps, text: other.text, owner: other.owner };
      }
      return table.bases;
    });
  }

  /** Devices of netdev chains, out of `nft list ruleset netdev`: old releases leave them out of the JSON. */
  addDevices(listing: string): void {
    let table = '';
    let chain = '';
    for (const line of listing.split('\n')) {
      const opened = /^\s*(table|chain) (\S+)(?: (\S+))? \{/.exec(line);
      if (opened?.[1] === 'table') table = `${opened[2] ?? ''} ${opened[3] ?? ''}`;
      else if (opened?.[1] === 'chain') chain = opened[2] ?? '';
      const found = /^\s*type \S+ hook \S+ devices? (?:= )?(\{[^}]*\}|"[^"]*"|\S+)/.exec(line)?.[1];
      const bases = this.#tables.get(table)?.bases;
      if (found === undefined || bases === undefined) continue;
      const devices = found.replaceAll(/[{}"\s]/g, '').split(',');
      bases.forEach((base, index) => {
        if (base.chain.name === chain) bases[index] = { ...base, devices };
      });
    }
  }
}

type Tables = ReadonlyMap<string, Table>;

function leads({ steps }: Rule): boolean {
  return steps.some((step) => step.kind === 'decide' && (step.decision.do === 'jump' || step.decision.do === 'goto'));
}

function devicesOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : null;
}

function chainIn({ chains }: NftTable, name: string): Chain {
  const chain = chains.get(name) ?? { name, rules: [] };
  chains.set(name, chain);
  return chain;
}

function setIn({ sets }: NftTable, name: string): NftSet {
  const set = sets.get(name) ?? new NftSet();
  sets.set(name, set);
  return set;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
