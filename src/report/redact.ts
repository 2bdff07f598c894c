/**
 * Makes a report safe to hand on. Follows data: every secret value that discovery met is hidden wherever it stands,
 * in whatever encoding; then what looks like a secret by its place. `strict` also replaces names and addresses of
 * the place by stable stand-ins. Raw bytes keep their length, so that a saved run can still be judged again.
 */
import type { Report } from '../model/report.js';
import { replaceAddresses } from './redact/addresses.js';
import { addressReplacer, hostReplacer, traceReplacer, userReplacer } from './redact/identities.js';
import { headerValue, patternReplacer } from './redact/patterns.js';
import { Pseudonyms, type RedactionMap } from './redact/pseudonyms.js';
import { type Replacer, type SecretValue, secretReplacer } from './redact/secret-values.js';
import { branch, field } from './schema/branch.js';
import type { SchemaNode } from '../model/schema/build.js';
import { DEFINITIONS, reportSchema } from '../model/schema/report.js';
import { type Validator, validator } from './schema/validate.js';

export type { RedactionMap } from './redact/pseudonyms.js';

type RedactionMode = Report['redaction']['mode'];

export interface RedactOptions {
  readonly mode: RedactionMode;
  /** Values that discovery met; from memory, never from a file. */
  readonly secrets: readonly SecretValue[];
  /** The map of an earlier redaction, so that equal things get equal stand-ins. */
  readonly earlier?: RedactionMap | null;
  /** Of a fleet: stand-ins that are equal wherever it is known, instead of counted ones. */
  readonly key?: string | null;
}

const STRICTNESS: readonly RedactionMode[] = ['off', 'standard', 'strict'];

interface Walk {
  readonly replacers: readonly Replacer[];
  /** Whether sentences are known to hold nothing but what redacted data gave them. */
  readonly sentences: 'ours' | 'as data';
  readonly removed: (kind: string) => void;
}

/** `tcp.dropped`, `agent:tcp.refused`, `connect-3`, `claim.proxy`, `full_size_write`: what ids and keys of ours look like. */
const OWN_WORD = /^[a-z0-9_]+(?:-[a-z0-9_]+)*$|^(?:agent:)?[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*$/;

/** Made once for each node: a report has thousands of words. */
const VALIDATORS = new WeakMap<SchemaNode, Validator>();

function fits(value: string, node: SchemaNode): boolean {
  let validate = VALIDATORS.get(node);
  if (validate === undefined) VALIDATORS.set(node, (validate = validator(node, DEFINITIONS)));
  return validate(value) === null;
}

/** Our own words, dates and digests are left alone, or a user called `agent` would take the findings away. */
function isOurs(value: string, node: SchemaNode): boolean {
  if (node['x-own'] === true) return value.length <= 80 && OWN_WORD.test(value);
  const fixed = node.enum !== undefined || node.const !== undefined || node.pattern !== undefined;
  return fixed && fits(value, node);
}

function text(value: string, node: SchemaNode, walk: Walk): string {
  if (isOurs(value, node)) return value;
  const fit = node['x-raw'] === true;
  const ours = node['x-sentence'] === true && walk.sentences === 'ours';
  return walk.replacers.reduce((out, replace) => replace(out, fit, walk.removed, ours), value);
}

const ANYTHING: SchemaNode = {};

/** Follows the schema, so that it is known which texts may hold anything and which are ours. */
function visit(value: unknown, schema: SchemaNode, walk: Walk): unknown {
  const node = branch(schema, value, DEFINITIONS) ?? ANYTHING;
  if (typeof value === 'string') return text(value, node, walk);
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const [name, held] = items;
    // A pair is a header field: the name tells whether the value is secret as a whole.
    if (node.prefixItems !== undefined && typeof name === 'string' && typeof held === 'string') {
      return [text(name, ANYTHING, walk), text(headerValue(name, held, walk.removed), ANYTHING, walk)];
    }
    return items.map((item) => visit(item, node.items ?? ANYTHING, walk));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, visit(item, field(node, name) ?? ANYTHING, walk)]),
  );
}

/** Stand-ins that occur already, e.g. because the report was redacted before. */
function takenStandIns(report: Report): Set<string> {
  const json = JSON.stringify(report);
  const taken = new Set<string>(json.match(/\bhost-\d+\.example\b|\buser-\d+\b/g) ?? []);
  replaceAddresses(json, (found) => {
    taken.add(found.toLowerCase());
    return null;
  });
  return taken;
}

/** What a report shows as numbers is no secret as a word. */
const portsOf = ({ targets, routes }: Pick<Report, 'targets' | 'routes'>): readonly number[] => [
  ...targets.map(({ port }) => port),
  ...routes.flatMap(({ route }) => (route.kind === 'direct' ? [] : [route.proxy.port])),
];

/**
 * A report without the known secrets, and nothing else changed: what judges it again quotes no secret. `sentences`:
 * whether words of ours in it are to be searched like data.
 */
export function hideSecrets(
  report: Report,
  { secrets, sentences }: Pick<Walk, 'sentences'> & Pick<RedactOptions, 'secrets'>,
): Report {
  const counts = new Map<string, number>(Object.entries(report.redaction.removed));
  const removed = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const { redaction, ...rest } = report;
  const replacers = [secretReplacer(secrets, portsOf(report))];
  const hidden = visit(rest, reportSchema, { replacers, sentences, removed }) as Omit<Report, 'redaction'>;
  return { ...hidden, redaction: { ...redaction, removed: Object.fromEntries(counts) } };
}

/** A label's value names the place: equal values get equal stand-ins, so that hosts can still be grouped by it. */
function labelStandIns(
  labels: NonNullable<Report['labels']>,
  names: Pseudonyms,
  { removed }: Pick<Walk, 'removed'>,
): NonNullable<Report['labels']> {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => {
      if (/^host-\d+\.example$/.test(value)) return [key, value];
      removed('label');
      return [key, names.host(value)];
    }),
  );
}

/** The redacted report, and the private map that leads back (empty unless names or addresses were replaced). */
export function redactReport(report: Report, options: RedactOptions): { report: Report; map: RedactionMap } {
  const strict = options.mode === 'strict';
  const names = new Pseudonyms(
    options.earlier ?? null,
    options.mode === 'off' ? [] : takenStandIns(report),
    options.key,
  );
  if (options.mode === 'off') return { report, map: names.toMap() };
  const counts = new Map<string, number>(Object.entries(report.redaction.removed));
  const walk: Walk = {
    removed: (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1),
    sentences: 'ours',
    replacers: [
      secretReplacer(options.secrets, portsOf(report)),
      patternReplacer,
      userReplacer(report, names),
      ...(strict ? [traceReplacer, hostReplacer(report, names), addressReplacer(report, names)] : []),
    ],
  };
  const { redaction, ...rest } = report;
  const redacted = visit(rest, reportSchema, walk) as Omit<Report, 'redaction'>;
  const labels = strict && report.labels !== undefined ? { labels: labelStandIns(report.labels, names, walk) } : {};
  const rank = Math.max(STRICTNESS.indexOf(redaction.mode), STRICTNESS.indexOf(options.mode));
  return {
    report: {
      ...redacted,
      ...labels,
      redaction: { mode: STRICTNESS[rank] ?? options.mode, removed: Object.fromEntries(counts) },
    },
    map: names.toMap(),
  };
}
