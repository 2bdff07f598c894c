/**
 * Labels of hosts from outside their runs: what `ansible-inventory --list` or `kubectl get nodes -o json` prints, a JSON
 * object of labels by host, or lines `HOST KEY=VALUE …`. Untrusted: read with a cap, taken as text.
 */
import { basename } from 'node:path';
import { readTyped } from '../../../host/typed.js';
import { UsageError } from '../../../model/errors.js';
import type { Labeller } from '../../../report/fleet/fleet.js';
import { labelList } from '../../../report/fleet/row.js';
import { fileErrorText } from '../../file-errors.js';

const MAX_BYTES = 64 * 1024 * 1024;
const MOST_GROUPS = 64;

type Json = Readonly<Record<string, unknown>>;
type Labels = Map<string, string[]>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

function texts(labels: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : [],
    ),
  );
}

function add(labels: Labels, host: string, more: readonly string[]): void {
  const known = labels.get(host);
  if (known === undefined) labels.set(host, [...more]);
  else known.push(...more);
}

/** Every group that a host is in, also by a group of groups, is a label `group`; so are no groups that all are in. */
function ansible(inventory: Json): Labels {
  const labels: Labels = new Map();
  const groups = new Map(Object.entries(inventory).filter(([name, group]) => name !== '_meta' && isObject(group)));
  const hostsOf = (name: string, seen: ReadonlySet<string>): readonly string[] => {
    const group = groups.get(name);
    if (!isObject(group) || seen.has(name) || seen.size > MOST_GROUPS) return [];
    const below = new Set([...seen, name]);
    return [...strings(group['hosts']), ...strings(group['children']).flatMap((child) => hostsOf(child, below))];
  };
  for (const name of groups.keys()) {
    if (name === 'all' || name === 'ungrouped') continue;
    for (const host of new Set(hostsOf(name, new Set()))) add(labels, host, labelList({ group: name }));
  }
  return labels;
}

function kubernetes(items: readonly unknown[]): Labels {
  const labels: Labels = new Map();
  for (const item of items) {
    const meta = isObject(item) ? item['metadata'] : null;
    if (!isObject(meta) || typeof meta['name'] !== 'string') continue;
    add(labels, meta['name'], labelList(texts(isObject(meta['labels']) ? meta['labels'] : {})));
  }
  return labels;
}

function lines(text: string, file: string): Labels {
  const labels: Labels = new Map();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [host, ...pairs] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/[\s,]+/);
    if (host === undefined || host === '') continue;
    if (pairs.length === 0 || pairs.some((pair) => !/^[^=]+=./.test(pair))) {
      throw new UsageError(`${file}, line ${index + 1}: expected HOST KEY=VALUE …`);
    }
    add(
      labels,
      host,
      pairs.flatMap((pair) => labelList({ [pair.slice(0, pair.indexOf('='))]: pair.slice(pair.indexOf('=') + 1) })),
    );
  }
  return labels;
}

/** Throws UsageError for text that is none of the forms. `file` is used in messages. */
export function parseLabelFile(text: string, file: string): ReadonlyMap<string, readonly string[]> {
  if (!/^\s*[[{]/.test(text)) return lines(text, file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not valid JSON`);
  }
  if (!isObject(json)) throw new UsageError(`${file} holds no JSON object`);
  if (Array.isArray(json['items'])) return kubernetes(json['items']);
  if (
    Object.values(json).some(
      (group) => isObject(group) && (Array.isArray(group['hosts']) || Array.isArray(group['children'])),
    )
  )
    return ansible(json);
  const labels: Labels = new Map();
  for (const [host, given] of Object.entries(json)) {
    if (!isObject(given)) throw new UsageError(`${file}: the labels of "${host.slice(0, 80)}" are no object`);
    add(labels, host, labelList(texts(given)));
  }
  return labels;
}

/**
 * By the whole name, else by what stands before the first dot where the other side has no more, else by the name of the
 * file, which is what an inventory calls the host.
 */
export function labeller(labels: ReadonlyMap<string, readonly string[]>): Labeller {
  const short = new Map<string, readonly string[] | null>();
  for (const [host, given] of labels) {
    const [head = ''] = host.split('.');
    short.set(head, short.has(head) ? null : given);
  }
  const find = (name: string): readonly string[] | undefined => {
    const [head = ''] = name.split('.');
    return labels.get(name) ?? labels.get(head) ?? (name === head ? (short.get(head) ?? undefined) : undefined);
  };
  return (host, input) => find(host) ?? find(basename(input).replace(/\.(?:json|html)$/, '')) ?? [];
}

export async function readLabels(file: string): Promise<Labeller> {
  try {
    const text = (await readTyped(file, MAX_BYTES)).toString('utf8');
    return labeller(parseLabelFile(text, file));
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error && 'code' in error)) throw error;
    throw new UsageError(`cannot read ${file}: ${fileErrorText(error)}`);
  }
}
