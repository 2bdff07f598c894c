/** Reads `nft -j list ruleset` (libnftables-json(5)): what we need of it, nothing trusted. */
import { formatPrefix, parsePrefix, tryParsePrefix } from '../../core/cidr.js';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface NftChain {
  readonly table: string;
  readonly name: string;
  readonly hook: string | null;
  readonly policy: string | null;
  readonly rules: readonly NftRule[];
}

export interface NftRule {
  readonly handle: number;
  readonly comment: string;
  readonly expressions: readonly Json[];
}

export interface NftSet {
  readonly table: string;
  readonly name: string;
  readonly elements: readonly unknown[];
}

export interface NftRuleset {
  /** `inet filter`. */
  readonly tables: readonly string[];
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
}

/** null when the text is not what nft prints. */
export function parseNft(text: string): NftRuleset | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  const items = isObject(document) && Array.isArray(document['nftables']) ? (document['nftables'] as unknown[]) : null;
  if (items === null) return null;
  const tables: string[] = [];
  const chains: (NftChain & { rules: NftRule[] })[] = [];
  const sets: NftSet[] = [];
  const text_ = (value: unknown): string => (typeof value === 'string' ? value : '');
  for (const item of items) {
    if (!isObject(item)) continue;
    const { table, chain, set, rule } = item;
    if (isObject(table)) tables.push(`${text_(table['family'])} ${text_(table['name'])}`);
    if (isObject(chain))
      chains.push({
        table: `${text_(chain['family'])} ${text_(chain['table'])}`,
        name: text_(chain['name']),
        hook: typeof chain['hook'] === 'string' ? chain['hook'] : null,
        policy: typeof chain['policy'] === 'string' ? chain['policy'] : null,
        rules: [],
      });
    if (isObject(set))
      sets.push({
        table: `${text_(set['family'])} ${text_(set['table'])}`,
        name: text_(set['name']),
        elements: Array.isArray(set['elem']) ? (set['elem'] as unknown[]) : [],
      });
    if (isObject(rule)) {
      const place = `${text_(rule['family'])} ${text_(rule['table'])}`;
      const home = chains.find((row) => row.table === place && row.name === rule['chain']);
      home?.rules.push({
        handle: Number(rule['handle']),
        comment: text_(rule['comment']),
        expressions: Array.isArray(rule['expr']) ? (rule['expr'] as unknown[]).filter(isObject) : [],
      });
    }
  }
  return { tables, chains, sets };
}

/** CIDR of a set element, whatever its form; null for what we never emit. */
export function elementCidr(element: unknown): string | null {
  if (isObject(element) && isObject(element['elem'])) return elementCidr(element['elem']['val']);
  if (isObject(element) && isObject(element['prefix'])) {
    const { addr, len } = element['prefix'] as { readonly addr?: unknown; readonly len?: unknown };
    return elementCidr(`${String(addr)}/${String(len)}`);
  }
  if (typeof element !== 'string') return null;
  const prefix = tryParsePrefix(element);
  return 'problem' in prefix ? null : formatPrefix(parsePrefix(element));
}

/** Destination of `tcp dport …` in a rule, `80,443`; null without such a match. */
export function rulePorts(rule: NftRule): string | null {
  for (const expression of rule.expressions) {
    const match = expression['match'];
    if (!isObject(match) || !isObject(match['left']) || !isObject(match['left']['payload'])) continue;
    const { protocol, field } = match['left']['payload'] as { readonly protocol?: unknown; readonly field?: unknown };
    if (protocol !== 'tcp' || field !== 'dport') continue;
    const right = match['right'];
    const ports = isObject(right) && Array.isArray(right['set']) ? (right['set'] as unknown[]) : [right];
    return ports
      .map(Number)
      .sort((a, b) => a - b)
      .join(',');
  }
  return null;
}

/** Name of the set that `ip daddr @set` looks into; null without. */
export function ruleSet(rule: NftRule): string | null {
  for (const expression of rule.expressions) {
    const match = expression['match'];
    if (!isObject(match) || !isObject(match['left']) || !isObject(match['left']['payload'])) continue;
    const { field } = match['left']['payload'] as { readonly field?: unknown };
    const right = match['right'];
    if (field === 'daddr' && typeof right === 'string' && right.startsWith('@')) return right.slice(1);
  }
  return null;
}

/** `accept`, `drop`, `jump x`, …; null for rules without a verdict. */
export function ruleVerdict(rule: NftRule): string | null {
  for (const expression of rule.expressions)
    for (const name of ['accept', 'drop', 'reject', 'return', 'queue', 'jump', 'goto'])
      if (name in expression) {
        const target = expression[name];
        return isObject(target) && typeof target['target'] === 'string' ? `${name} ${target['target']}` : name;
      }
  return null;
}

/** True when the rule matches every packet. */
export function isUnconditional(rule: NftRule): boolean {
  return rule.expressions.every((expression) =>
    ['counter', 'log', 'accept', 'drop', 'reject', 'return', 'jump', 'goto'].some((name) => name in expression),
  );
}
