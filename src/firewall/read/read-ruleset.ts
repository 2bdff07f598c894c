/** Puts what the programs printed together: one ruleset, judged in one walk. */
import { IptablesReader, type Table } from './iptables-save.js';
import { IpsetReader } from './ipset-save.js';
import { LineReader } from './line-reader.js';
import { NftReader } from './nft-ruleset.js';
import type { BaseChain, Ruleset } from './ruleset.js';

/** More than this is not held in memory: then the rules count as not read. */
const LIMITS = { rules: 200_000, elements: 1_000_000 } as const;

/** Programs whose output makes up a ruleset. */
export type Source = 'nft' | 'ipset' | 'nft4' | 'nft6' | 'legacy4' | 'legacy6';

/** Feed each source its text as it comes; `ipset` before the rules that name its sets are judged, in any order. */
export class RulesetReader {
  readonly nft = new NftReader();
  readonly #ipsets = new IpsetReader();
  readonly #saves = {
    nft4: new IptablesReader('iptables', 'iptables (nft)', this.#ipsets.sets),
    nft6: new IptablesReader('ip6tables', 'iptables (nft)', this.#ipsets.sets),
    legacy4: new IptablesReader('iptables', 'iptables (legacy)', this.#ipsets.sets),
    legacy6: new IptablesReader('ip6tables', 'iptables (legacy)', this.#ipsets.sets),
  };
  readonly #lines: Readonly<Record<Exclude<Source, 'nft'>, LineReader>> = {
    ipset: new LineReader((line) => this.#ipsets.line(line)),
    nft4: new LineReader((line) => this.#saves.nft4.line(line)),
    nft6: new LineReader((line) => this.#saves.nft6.line(line)),
    legacy4: new LineReader((line) => this.#saves.legacy4.line(line)),
    legacy6: new LineReader((line) => this.#saves.legacy6.line(line)),
  };
  readonly #read = new Set<Source>();

  push(source: Source, chunk: string): void {
    if (source === 'nft') this.nft.push(chunk);
    else this.#lines[source].push(chunk);
  }

  /** The program ended well: what it printed counts. */
  end(source: Source): void {
    if (source !== 'nft') this.#lines[source].end();
    this.#read.add(source);
  }

  get tooLarge(): boolean {
    const { nft4, nft6, legacy4, legacy6 } = this.#saves;
    const rules = this.nft.rules + nft4.rules + nft6.rules + legacy4.rules + legacy6.rules;
    return rules > LIMITS.rules || this.nft.elements + this.#ipsets.elements > LIMITS.elements;
  }

  /** Asking the programs again would take long. */
  get large(): boolean {
    return this.nft.rules + this.nft.elements > 20_000;
  }

  ruleset(): Ruleset {
    const { nft4, nft6, legacy4, legacy6 } = this.#saves;
    const tables = (source: Source, reader: IptablesReader): ReadonlyMap<string, Table> | null =>
      this.#read.has(source) ? reader.tables() : null;
    const saved = { 4: tables('nft4', nft4), 6: tables('nft6', nft6) };
    const basesOf = (of: ReadonlyMap<string, Table> | null): readonly BaseChain[] =>
      [...(of?.values() ?? [])].flatMap(({ bases }) => bases);
    const nft = this.#read.has('nft') ? this.nft.bases(saved) : [...basesOf(saved[4]), ...basesOf(saved[6])];
    return {
      bases: [...nft, ...basesOf(tables('legacy4', legacy4)), ...basesOf(tables('legacy6', legacy6))],
      arp: this.nft.arp,
    };
  }
}
