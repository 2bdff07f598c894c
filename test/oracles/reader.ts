/**
 * Strict readers for line-oriented formats that no program at hand can parse: a grammar of whole lines in a fixed
 * order, and facts gathered on the way, which must fit each other and the header. What a reader accepts is
 * exactly what its target emits.
 */
import { fqdnProblem, hasUnsafeText } from '../../src/firewall/core/sanitise.js';
import { formatPrefix, parsePrefix, tryParsePrefix } from '../../src/firewall/core/cidr.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import type { Oracle } from './oracle.js';
import { bodyLines, SUM, sumOf } from '../../src/firewall/targets/shared/seal.js';

/** What a line says. Groups of the expression come as strings, absent ones as ''. */
type Take = (facts: Facts, ...groups: string[]) => void;

type Fact =
  | { readonly kind: 'define' | 'use' | 'remove'; readonly what: string; readonly name: string }
  | { readonly kind: 'member'; readonly name: string; readonly of: string }
  | { readonly kind: 'host'; readonly name: string; readonly host: string }
  | { readonly kind: 'prefix'; readonly name: string; readonly prefix: string; readonly family: 4 | 6 | null }
  | { readonly kind: 'rule'; readonly name: string; readonly ports: readonly string[] }
  | { readonly kind: 'resolver'; readonly address: string };

/** Collects what the lines of all files of an artefact say. */
export class Facts {
  readonly #facts: Fact[] = [];
  /** Name of the object or group that the lines being read belong to. */
  current = '';

  get length(): number {
    return this.#facts.length;
  }
  /** Forgets what was learnt after a failed attempt. */
  rewind(length: number): void {
    this.#facts.length = length;
  }
  define(what: string, name: string): void {
    this.#facts.push({ kind: 'define', what, name });
  }
  use(what: string, name: string): void {
    this.#facts.push({ kind: 'use', what, name });
  }
  remove(what: string, name: string): void {
    this.#facts.push({ kind: 'remove', what, name });
  }
  /** `of` is an object or a group that stands in the group `name`. */
  member(name: string, of: string): void {
    this.#facts.push({ kind: 'member', name, of });
  }
  host(name: string, host: string): void {
    this.#facts.push({ kind: 'host', name, host });
  }
  prefix(name: string, prefix: string, family: 4 | 6 | null = null): void {
    this.#facts.push({ kind: 'prefix', name, prefix, family });
  }
  /** TCP to everything in the group or object `name`, on these ports. */
  rule(name: string, ports: readonly string[]): void {
    this.#facts.push({ kind: 'rule', name, ports });
  }
  /** Like `rule`, for a group that may be the one of the resolvers: port 53 of those is no destination. */
  toward(name: string, port: string): void {
    this.rule(name, name.endsWith('-dns') && (port === '' || port === '53') ? [] : [port]);
  }
  /** DNS to this address. */
  resolver(address: string): void {
    this.#facts.push({ kind: 'resolver', address });
  }

  #of<K extends Fact['kind']>(kind: K): Extract<Fact, { kind: K }>[] {
    return this.#facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
  }

  /** Everything below a group, without groups that were seen already. */
  #expand(name: string, seen: Set<string>): string[] {
    if (seen.has(name)) return [];
    seen.add(name);
    const members = this.#of('member').filter((fact) => fact.name === name);
    return [name, ...members.flatMap((fact) => this.#expand(fact.of, seen))];
  }

  /** Pairs `host tcp/port` that the rules let through; names only. */
  allowed(): Set<string> {
    const pairs = new Set<string>();
    for (const rule of this.#of('rule')) {
      const names = this.#expand(rule.name, new Set());
      for (const fact of this.#of('host'))
        if (names.includes(fact.name)) for (const port of rule.ports) pairs.add(`${fact.host} tcp/${port}`);
    }
    return pairs;
  }

  /** Like `allowed`, with the prefixes: what the rules let through, however it is written. */
  flows(): string[] {
    return this.#of('rule').flatMap((rule) => {
      const names = this.#expand(rule.name, new Set());
      const hosts = this.#of('host').flatMap((fact) => (names.includes(fact.name) ? [fact.host] : []));
      const prefixes = this.#of('prefix').flatMap((fact) =>
        names.includes(fact.name) ? [formatPrefix(parsePrefix(fact.prefix))] : [],
      );
      return [...hosts, ...prefixes].flatMap((to) => rule.ports.map((port) => `${to} ${port}`));
    });
  }

  ports(): Set<string> {
    return new Set(this.#of('rule').flatMap((rule) => rule.ports));
  }

  problems(removable: boolean): string[] {
    const problems: string[] = [];
    const keys = (kind: 'define' | 'use' | 'remove'): string[] =>
      this.#of(kind).map((fact) => `${fact.what} ${fact.name}`);
    const [defined, used, removed] = [keys('define'), keys('use'), keys('remove')];
    for (const [what, list] of [
      ['made', defined],
      ['removed', removed],
    ] as const)
      for (const key of new Set(list.filter((entry, index) => list.indexOf(entry) !== index)))
        problems.push(`${key} is ${what} twice`);
    for (const key of new Set(used)) if (!defined.includes(key)) problems.push(`${key} is used, but not made`);
    if (removable) {
      for (const key of defined) if (!removed.includes(key)) problems.push(`${key} is made, but not removed`);
      for (const key of removed) if (!defined.includes(key)) problems.push(`${key} is removed, but not made`);
    }
    const reached = new Set(this.#of('rule').flatMap((rule) => this.#expand(rule.name, new Set())));
    for (const fact of [...this.#of('host'), ...this.#of('prefix')])
      if (!reached.has(fact.name)) problems.push(`no rule reaches ${fact.name}`);
    for (const { host } of this.#of('host')) {
      const problem = fqdnProblem(host);
      if (problem !== null) problems.push(`${JSON.stringify(host.slice(0, 80))} ${problem}`);
    }
    for (const { prefix, family } of this.#of('prefix')) {
      const parsed = tryParsePrefix(prefix);
      if ('problem' in parsed) problems.push(`${JSON.stringify(prefix.slice(0, 80))} ${parsed.problem}`);
      else if (family !== null && parsed.family !== family) problems.push(`${prefix} is not IPv${String(family)}`);
      else if (parsed.length < (parsed.family === 4 ? 8 : 16)) problems.push(`${prefix} is too wide`);
    }
    for (const { address } of this.#of('resolver'))
      if (address.includes('/') || 'problem' in tryParsePrefix(address)) problems.push(`${address} is no resolver`);
    for (const port of this.ports())
      if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) problems.push(`${port} is no port`);
    if (this.#of('rule').length === 0) problems.push('nothing is let through');
    return problems;
  }
}

interface Cursor {
  readonly lines: readonly string[];
  readonly facts: Facts;
  at: number;
  /** The furthest line that anything was tried on: where a complaint points. */
  furthest: number;
}

/** Consumes lines; false = does not fit, nothing consumed. */
export type Rule = (cursor: Cursor) => boolean;

/** One line. The text is an expression over the whole line. */
export function line(source: string, take?: Take): Rule {
  const pattern = new RegExp(`^${source}$`);
  return (cursor) => {
    cursor.furthest = Math.max(cursor.furthest, cursor.at);
    const match = pattern.exec(cursor.lines[cursor.at] ?? '\n');
    if (match === null) return false;
    cursor.at += 1;
    take?.(cursor.facts, ...match.slice(1).map((group: string | undefined) => group ?? ''));
    return true;
  };
}

/** One line, literally. */
export function text(literal: string, take?: Take): Rule {
  return line(literal.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'), take);
}

export function sequence(...rules: readonly Rule[]): Rule {
  return (cursor) => {
    const { at } = cursor;
    const { length } = cursor.facts;
    if (rules.every((rule) => rule(cursor))) return true;
    cursor.at = at;
    cursor.facts.rewind(length);
    return false;
  };
}

export function optional(rule: Rule): Rule {
  return (cursor) => rule(cursor) || true;
}

/** Any number, also none. */
export function many(...rules: readonly Rule[]): Rule {
  const one = sequence(...rules);
  return (cursor) => {
    for (let { at } = cursor; one(cursor) && cursor.at > at; at = cursor.at);
    return true;
  };
}

export function some(...rules: readonly Rule[]): Rule {
  const one = sequence(...rules);
  return sequence(one, many(one));
}

export function either(...rules: readonly Rule[]): Rule {
  return (cursor) => rules.some((rule) => rule(cursor));
}

/** How one file of an artefact reads. The role `other` marks a second form of the same content. */
export interface FileGrammar {
  /** Start of a comment line; null = no comments, the sum stands in the notice. */
  readonly comment: string | null;
  readonly rule: Rule;
  /** A shell script: its first line counts although it looks like a comment. */
  readonly script?: boolean;
}

/** `host tcp/443,8443 (purpose)` lines of a header. */
export function headerPairs(lines: readonly string[]): {
  readonly pairs: Set<string>;
  readonly ports: Set<string>;
} {
  const pairs = new Set<string>();
  const ports = new Set<string>();
  for (const entry of lines) {
    const match = /^\W*(\S+) tcp\/([\d,]+) \([a-z_, ]+\)$/.exec(entry);
    for (const port of match?.[2]?.split(',') ?? []) {
      ports.add(port);
      if (/[a-z-]/.test(match?.[1] ?? '') && !(match?.[1] ?? '').includes(':'))
        pairs.add(`${match?.[1] ?? ''} tcp/${port}`);
    }
  }
  return { pairs, ports };
}

function readFile(file: RenderedFile, grammar: FileGrammar, notice: readonly string[], facts: Facts): string[] {
  const problems: string[] = [];
  const complain = (what: string): void => void problems.push(`${file.name}: ${what}`);
  if (!file.content.endsWith('\n')) complain('no final newline');
  if (hasUnsafeText(file.content)) complain('control or non-ASCII characters');
  if (grammar.script === true && !file.content.startsWith('#!/bin/sh\n')) complain('does not start with #!/bin/sh');
  const lines = bodyLines(file.content, grammar.comment);
  const sums = (grammar.comment === null ? notice : file.content.split('\n')).flatMap((entry) => {
    const match = new RegExp(`^\\W{0,2} ?${SUM} ([0-9a-f]{16}) (.*)$`).exec(entry);
    return match !== null && (grammar.comment !== null || match[2] === file.name) ? [match[1]] : [];
  });
  // A format without comments, given without its notice, has no sum anywhere.
  const unsigned = grammar.comment === null && notice.length === 0;
  if (sums.length !== 1) {
    if (!unsigned) complain('its sum is missing');
  } else if (sums[0] !== sumOf(lines)) complain('was changed or cut: its sum is another one');
  const cursor: Cursor = { lines, facts, at: 0, furthest: 0 };
  const read = grammar.rule(cursor);
  if (!read || cursor.at < lines.length)
    complain(`not of our grammar: ${(lines[read ? cursor.at : cursor.furthest] ?? '(end of file)').slice(0, 160)}`);
  return problems;
}

/**
 * Reads all files of an artefact. `grammarOf` gives null for a file that it does not know. Notices are not
 * loaded by any device; they only carry the header and the sums of files without comments.
 */
function readArtefact(
  files: readonly RenderedFile[],
  grammarOf: (file: RenderedFile) => FileGrammar | null,
  removable = true,
): readonly string[] {
  const facts = new Facts();
  const notice = files.filter((file) => file.role === 'note').flatMap((file) => file.content.split('\n'));
  const problems = files
    .filter((file) => file.role !== 'note')
    .flatMap((file) => {
      const grammar = grammarOf(file);
      return grammar === null ? [`${file.name}: does not belong here`] : readFile(file, grammar, notice, facts);
    });
  const counterparts = files.filter((file) => file.role === 'uninstall' || file.role === 'other');
  const notes = files.filter((file) => file.role === 'note');
  // Damage explains everything else; do not bury it. A counterpart alone has nothing to be compared with.
  if (problems.length > 0 || counterparts.length + notes.length === files.length) return problems;
  problems.push(...facts.problems(removable && counterparts.length > 0));
  const { pairs, ports } = headerPairs([...(files[0]?.content.split('\n') ?? []), ...notice]);
  // A format without comments has no header either when its notice is not there.
  const main = files[0];
  if (notes.length === 0 && main !== undefined && grammarOf(main)?.comment === null) return problems;
  const allowed = facts.allowed();
  if (allowed.size > 0) {
    for (const pair of allowed)
      if (!pairs.has(pair)) problems.push(`${pair} is let through, but the header does not say so`);
    for (const pair of pairs) if (!allowed.has(pair)) problems.push(`${pair} is in the header, but not let through`);
  }
  for (const port of facts.ports()) if (!ports.has(port)) problems.push(`port ${port} is not in the header`);
  return problems;
}

/** An oracle that reads line by line. `removable`: what is made must be removed by the counterpart. */
export function lineOracle(grammarOf: (file: RenderedFile) => FileGrammar | null, removable = true): Oracle {
  const flows = (files: readonly RenderedFile[]): readonly string[] => {
    const facts = new Facts();
    for (const file of files) {
      const grammar = file.role === 'note' || file.role === 'uninstall' ? null : grammarOf(file);
      if (grammar !== null) readFile(file, grammar, [], facts);
    }
    return facts.flows();
  };
  return Object.assign((files: readonly RenderedFile[]) => readArtefact(files, grammarOf, removable), { flows });
}
