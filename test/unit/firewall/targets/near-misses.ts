import type { RenderedFile } from '../../../../src/model/allow-list.js';
import type { RuleTarget } from '../../../../src/firewall/core/target.js';
import { complaints } from '../../../oracles/registry.js';

/** Every small damage to a JSON value: what a strict reader of our own output has to refuse. */

export interface NearMiss {
  /** What was done, with its path. */
  readonly what: string;
  readonly value: unknown;
}

type Replace = (item: unknown) => unknown;

const WRONG_TEXT = ['', ' ', 'x\ny', '"; reboot; "', '${x}', '0.0.0.0/0', '::/0', 'a'.repeat(5000)];
const WRONG_NUMBER = [-1, 0.5, 70_000_000, '443', null];

function damages(value: unknown): { what: string; make: Replace }[] {
  if (typeof value === 'string')
    return [...WRONG_TEXT, 1, null, {}, `${value} `, `${value}\n`]
      .filter((wrong) => wrong !== value)
      .map((wrong) => ({
        what: `= ${JSON.stringify(wrong).slice(0, 30)}`,
        make: () => wrong,
      }));
  if (typeof value === 'number')
    return WRONG_NUMBER.map((wrong) => ({ what: `= ${JSON.stringify(wrong)}`, make: () => wrong }));
  if (typeof value === 'boolean') return [{ what: '= "true"', make: () => 'true' }];
  if (Array.isArray(value))
    return [
      { what: 'emptied', make: () => [] },
      { what: 'said twice', make: () => [...(value as unknown[]), ...(value as unknown[]).slice(0, 1)] },
      { what: 'no list', make: () => ({}) },
    ];
  const row = value as Record<string, unknown>;
  return [
    ...Object.keys(row).map((key) => ({
      what: `without ${key}`,
      make: () => Object.fromEntries(Object.entries(row).filter(([name]) => name !== key)),
    })),
    { what: 'with nonsense', make: () => ({ ...row, nonsense: 'x' }) },
    { what: 'no object', make: () => [row] },
  ];
}

/** What a value looks like: its keys, and its texts with runs of letters and of digits as one sign each. */
function looks(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'string' ? item.replace(/[A-Za-z]+/g, 'a').replace(/\d+/g, '0') : item,
  );
}

/**
 * All of them, without those whose description matches `allowed` (what really is optional). Of the items of a list that
 * look alike the last one stands for all, and a place in `tried` that looked the same is not damaged again.
 */
export function nearMisses(value: unknown, allowed: RegExp = /(?!)/, tried: Set<string> = new Set()): NearMiss[] {
  const found: NearMiss[] = [];
  const walk = (item: unknown, path: string, rebuild: (item: unknown) => unknown): void => {
    const place = `${path.replace(/\[\d+\]/g, '[]')} ${looks(item)}`;
    const known = tried.has(place);
    tried.add(place);
    for (const { what, make } of known ? [] : damages(item)) {
      const text = `${path} ${what}`;
      if (!allowed.test(text)) found.push({ what: text, value: rebuild(make(item)) });
    }
    if (Array.isArray(item))
      for (const index of new Map(item.map((child, at) => [looks(child), at])).values())
        walk(item[index], `${path}[${String(index)}]`, (next) => rebuild(item.with(index, next)));
    else if (typeof item === 'object' && item !== null)
      for (const [key, child] of Object.entries(item))
        walk(child, `${path}.${key}`, (next) => rebuild({ ...item, [key]: next }));
  };
  walk(value, '$', (next) => next);
  return found;
}

/** Places of a target's files that were damaged already, in this process: its other variants repeat most of them. */
const TRIED = new Map<string, Set<string>>();

/** What the target's reader takes although it is damaged: values by `nearMisses`, and spelling. */
export function overlooked(
  target: RuleTarget,
  files: readonly RenderedFile[],
  read: (content: string) => unknown,
  write: (value: never) => string,
  allowed?: RegExp,
  wanted = /\.(?:json|yaml)$/,
): string[] {
  return files.flatMap((file, index) => {
    if (!wanted.test(file.name)) return [];
    const which = `${target.id} ${file.name} ${String(allowed)}`;
    const tried = TRIED.get(which) ?? new Set();
    TRIED.set(which, tried);
    const damaged = [
      ...nearMisses(read(file.content), allowed, tried).map(({ what, value }) => ({
        what,
        content: write(value as never),
      })),
      { what: 'no final newline', content: file.content.trimEnd() },
      { what: 'carriage returns', content: file.content.replaceAll('\n', '\r\n') },
      { what: 'one space more', content: file.content.replace(/^( +)/m, ' $1') },
      { what: 'one line more', content: `${file.content}x\n` },
      { what: 'nothing', content: '' },
      { what: 'null', content: 'null\n' },
    ];
    return damaged
      .filter(({ content }) => complaints(target.id, files.with(index, { ...file, content })).length === 0)
      .map(({ what }) => `${file.name}: ${what}`);
  });
}
