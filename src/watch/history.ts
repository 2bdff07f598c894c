/**
 * The history as text: one JSON document a line, each with what changed and all that is remembered after it, so that any
 * line is enough to go on from. Pure. Nothing in a line is trusted: it may have been damaged, or written by others.
 */
import { CHANGE_KINDS, type Change, type ChangeKind } from './change.js';
import type { Memory } from './track.js';

export interface Entry {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly changes: readonly Change[];
  readonly memory: Memory;
}

const VERSION = 1;

export function encodeEntry(entry: Entry): string {
  return JSON.stringify({ v: VERSION, ...entry });
}

export interface Decoded {
  readonly entries: readonly Entry[];
  /** Number of the first line that is none of ours, 1-based; null = all are. */
  readonly damagedAt: number | null;
}

/** Whole lines only: a last one without its end is what a crash leaves, no damage. Reading stops at the first bad line. */
export function decodeHistory(text: string): Decoded {
  const lines = text.split('\n').slice(0, -1);
  const entries: Entry[] = [];
  for (const [index, line] of lines.entries()) {
    const entry = decodeEntry(line);
    if (entry === null) return { entries, damagedAt: index + 1 };
    entries.push(entry);
  }
  return { entries, damagedAt: null };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function decodeEntry(line: string): Entry | null {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isFields(document)) return null;
  const { v, at, changes, memory } = document;
  if (v !== VERSION || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return null;
  if (!Array.isArray(changes) || !changes.every(isChange) || !isMemory(memory)) return null;
  return { at, changes, memory };
}

type Kind = 'text' | 'text?' | 'number' | 'number?' | 'flag' | 'flag?' | 'texts' | 'warning';

const FIELDS: Readonly<Record<ChangeKind, Readonly<Record<string, Kind>>>> = {
  started: { unwatchedMs: 'number?' },
  verdict: { what: 'text', before: 'text?', after: 'text', cause: 'text?' },
  cause: { before: 'text?', after: 'text?' },
  address_new: { host: 'text', address: 'text', class: 'text?' },
  address_gone: { host: 'text', address: 'text' },
  issuer: { host: 'text', before: 'text', after: 'text', trusted: 'flag?' },
  certificate: { host: 'text', before: 'text', after: 'text' },
  route: { leg: 'text', before: 'text', after: 'text' },
  resolvers: { before: 'texts', after: 'texts' },
  egress: { before: 'text', after: 'text' },
  latency: { leg: 'text', beforeMs: 'number', afterMs: 'number' },
  agent_status: { before: 'text', after: 'text' },
  clock: { byMs: 'number' },
  warning: { raised: 'flag', warning: 'warning' },
};

const CLOSED: Readonly<Record<string, readonly string[]>> = {
  what: ['claim', 'link'],
  leg: ['claim', 'env', 'auth', 'link'],
  class: ['known', 'new_proven', 'private', 'sinkhole', 'unproven'],
};
const OUTCOMES = ['will_work', 'will_fail', 'at_risk', 'unknown'];
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  certificate_expires: ['host', 'notAfter'],
  address_outside_rules: ['host', 'address'],
  first_address_silent: ['host', 'address'],
  agent_flapping: [],
};

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 2000;

function isWarning(value: unknown): boolean {
  if (!isFields(value) || !isText(value['kind'])) return false;
  const fields = Object.hasOwn(WARNINGS, value['kind']) ? WARNINGS[value['kind']] : undefined;
  return fields !== undefined && fields.every((name) => isText(value[name]));
}

function fits(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return isText(value);
    case 'text?':
      return value === null || isText(value);
    case 'number':
      return typeof value === 'number';
    case 'number?':
      return value === null || typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'flag?':
      return value === null || typeof value === 'boolean';
    case 'texts':
      return Array.isArray(value) && value.every(isText);
    default:
      return isWarning(value);
  }
}

function isChange(value: unknown): value is Change {
  if (!isFields(value)) return false;
  const kind = CHANGE_KINDS.find((one) => one === value['kind']);
  if (kind === undefined) return false;
  const whole = Object.entries(FIELDS[kind]).every(([name, type]) => {
    const words = CLOSED[name];
    const field = value[name];
    return fits(type, field) && (words === undefined || field === null || words.includes(field as string));
  });
  if (!whole || kind !== 'verdict') return whole;
  return isOutcome(value['after']) && (value['before'] === null || isOutcome(value['before']));
}

/** The shape that `track` needs; what a field says is shown only through the words of changes. */
function isMemory(value: unknown): value is Memory {
  if (!isFields(value)) return false;
  const { facts, seen, latency, recent, statusChanges, warnings, look } = value;
  const numbers = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'number');
  return (
    (facts === null || isFacts(facts)) &&
    isFields(seen) &&
    Object.values(seen).every((list) => isFields(list) && Object.values(list).every((at) => typeof at === 'number')) &&
    isFields(latency) &&
    isFields(recent) &&
    ['claim', 'env', 'auth', 'link'].every((leg) => numbers(recent[leg])) &&
    numbers(statusChanges) &&
    Array.isArray(warnings) &&
    warnings.every(isWarning) &&
    (look === null || isLook(look))
  );
}

function perLeg(value: unknown, fit: (one: unknown) => boolean): boolean {
  return isFields(value) && ['claim', 'env', 'auth', 'link'].every((leg) => fit(value[leg]));
}

const isOutcome = (value: unknown): boolean => OUTCOMES.includes(value as string);

function isVerdict(value: Fields): boolean {
  const { claim, link, legs, cause, silentFirst } = value;
  return (
    isOutcome(claim) &&
    isOutcome(link) &&
    perLeg(legs, isOutcome) &&
    (cause === null || isText(cause)) &&
    Array.isArray(silentFirst) &&
    silentFirst.every((one) => isFields(one) && isText(one['host']) && isText(one['address']))
  );
}

function isLook(value: unknown): boolean {
  if (!isFields(value) || !isFields(value['verdict'])) return false;
  const { signature, atMs, times, verdict } = value;
  return isText(signature) && typeof atMs === 'number' && typeof times === 'number' && isVerdict(verdict);
}

function isFacts(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { addresses, classes, signers, routes, resolvers, egress, agentStatus, steps, signature } = value;
  return (
    isVerdict(value) &&
    isFields(addresses) &&
    Object.values(addresses).every((list) => Array.isArray(list) && list.every(isText)) &&
    isFields(classes) &&
    isFields(signers) &&
    Object.values(signers).every((one) => isFields(one) && isText(one['issuer']) && isText(one['notAfter'])) &&
    perLeg(routes, isText) &&
    Array.isArray(resolvers) &&
    resolvers.every(isText) &&
    (egress === null || isText(egress)) &&
    (agentStatus === null || isText(agentStatus)) &&
    perLeg(steps, isFields) &&
    isText(signature)
  );
}

/** The last change of each subject that is younger than `withinMs`, newest last: what a run of today may be explained by. */
export function recentChanges(
  entries: readonly Entry[],
  nowMs: number,
  withinMs: number,
): readonly { readonly at: string; readonly change: Change }[] {
  const latest = new Map<string, { readonly at: string; readonly change: Change }>();
  for (const { at, changes } of entries) {
    if (nowMs - Date.parse(at) > withinMs) continue;
    for (const change of changes) {
      const key = subjectOf(change);
      if (key === null) continue;
      latest.delete(key);
      latest.set(key, { at, change });
    }
  }
  return [...latest.values()];
}

/** What a change is about; null = nothing that explains a verdict. */
function subjectOf(change: Change): string | null {
  switch (change.kind) {
    case 'verdict':
      return change.before === null ? null : `verdict ${change.what}`;
    case 'issuer':
    case 'certificate':
      return `${change.kind} ${change.host}`;
    case 'address_new':
    case 'address_gone':
      return `address ${change.host} ${change.address}`;
    case 'route':
    case 'latency':
      return `${change.kind} ${change.leg}`;
    case 'resolvers':
    case 'egress':
    case 'agent_status':
    case 'cause':
      return change.kind;
    default:
      return null;
  }
}
