/**
 * The state in the protocol of Netdata's external plugins: charts are announced once, and again when their dimensions or
 * labels change; values are repeated between rounds. Words are quoted, and hold nothing that the reader would split at.
 * Source: https://learn.netdata.cloud/docs/developer-and-contributor-corner/external-plugins
 */
import type { Outcome } from '../model/prediction.js';
import { LEGS } from '../model/route.js';
import { addressCounts } from './address-counts.js';
import { STEPS } from './facts.js';
import type { Published } from './loop.js';

/** As alerts read it; 0 is the only good one. */
const STATE: Readonly<Record<Outcome, number>> = { will_work: 0, at_risk: 1, will_fail: 2, unknown: 3 };

interface Dimension {
  readonly id: string;
  readonly value: number;
}

interface Chart {
  readonly id: string;
  readonly title: string;
  readonly units: string;
  readonly family: string;
  /** Charts of the same kind share it; alerts are bound to it. */
  readonly context: string;
  readonly type: 'line' | 'stacked';
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly dimensions: readonly Dimension[];
}

const PLUGIN = 'netdata-egress.plugin';
const MODULE = 'watch';
const FIRST = 89_000;

/** One word: no quotes, no control characters, nothing beyond ASCII. */
const word = (text: string): string => text.replaceAll(/[^A-Za-z0-9._:/@, -]/g, '_').slice(0, 200);
const quoted = (text: string): string => `'${word(text)}'`;
const identifier = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 100);

function chartsOf(state: Published, nowMs: number): readonly Chart[] {
  const { facts, memory, counts } = state;
  const cause = facts.cause ?? 'none';
  const days = (notAfter: string): number => Math.floor((Date.parse(notAfter) - nowMs) / 86_400_000);
  const ends = Object.entries(memory.facts?.signers ?? {}).map(([host, { notAfter }]) => ({
    id: host,
    value: days(notAfter),
  }));
  const sum = addressCounts(state).reduce(
    (all, { known, fresh, missing }) => ({
      known: all.known + known,
      fresh: all.fresh + fresh,
      missing: all.missing + missing,
    }),
    { known: 0, fresh: 0, missing: 0 },
  );
  const chart = (
    id: string,
    title: string,
    units: string,
    family: string,
    dimensions: readonly Dimension[],
    more: Partial<Chart> = {},
  ): Omit<Chart, 'priority'> => ({
    id,
    title,
    units,
    family,
    dimensions,
    context: id,
    type: 'line',
    labels: {},
    ...more,
  });
  return [
    chart(
      'verdict',
      'Whether claiming and the link work: 0 yes, 1 at risk, 2 no, 3 not decided',
      'state',
      'verdict',
      (['claim', 'link'] as const).map((what) => ({ id: what, value: STATE[facts[what]] })),
      { labels: { cause } },
    ),
    chart(
      'legs',
      'Claim, /env, login and link: 0 works, 1 at risk, 2 fails, 3 not decided',
      'state',
      'verdict',
      LEGS.map((leg) => ({ id: leg, value: STATE[facts.legs[leg]] })),
      { labels: { cause } },
    ),
    ...LEGS.map((leg) =>
      chart(
        `steps_${leg}`,
        'Time of each step in the last round',
        'milliseconds',
        'steps',
        STEPS.map((step) => ({ id: step, value: facts.steps[leg][step] ?? 0 })),
        { context: 'steps', type: 'stacked', labels: { leg, route: facts.routes[leg] } },
      ),
    ),
    chart(
      'certificate_expiry',
      'Days until the first certificate of what a host shows ends',
      'days',
      'certificates',
      ends.length === 0 ? [] : [{ id: 'soonest', value: Math.min(...ends.map(({ value }) => value)) }, ...ends],
    ),
    chart('addresses', 'Addresses of the names: published, others, missing since an hour', 'addresses', 'addresses', [
      { id: 'known', value: sum.known },
      { id: 'new', value: sum.fresh },
      { id: 'missing', value: sum.missing },
    ]),
    chart('warnings', 'Early warnings that stand', 'warnings', 'verdict', [
      { id: 'warnings', value: memory.warnings.length },
    ]),
    chart('rounds', 'Rounds since the start', 'rounds', 'rounds', [
      { id: 'finished', value: counts.rounds },
      { id: 'failed', value: counts.failed },
      { id: 'broken', value: counts.broken },
    ]),
    chart('age', 'Time since the last round', 'seconds', 'rounds', [
      { id: 'age', value: Math.max(0, Math.round((nowMs - state.atMs) / 1000)) },
    ]),
  ]
    .filter(({ dimensions }) => dimensions.length > 0)
    .map((one, index) => ({ ...one, priority: FIRST + index }));
}

function announced(chart: Chart, host: string, updateEvery: number): string {
  const { id, title, units, family, context, type, priority } = chart;
  const names = [quoted(''), quoted(title), quoted(units), quoted(family), quoted(`netdata_egress.${context}`)];
  const head = `CHART netdata_egress.${id} ${names.join(' ')} ${type} ${String(priority)} ${String(updateEvery)} '' ${PLUGIN} ${MODULE}`;
  const labels = Object.entries({ watched_host: host, ...chart.labels });
  return [
    head,
    ...chart.dimensions.map((one) => `DIMENSION ${identifier(one.id)} ${quoted(one.id)} absolute 1 1`),
    // Source 1: found by itself.
    ...labels.map(([name, value]) => `CLABEL ${name} ${quoted(value)} 1`),
    'CLABEL_COMMIT',
    '',
  ].join('\n');
}

export interface PluginOutput {
  /** What to print now. */
  print(state: Published, nowMs: number): string;
}

/** Remembers what Netdata has been told. `updateEvery` in seconds. */
export function pluginOutput(host: string, updateEvery: number): PluginOutput {
  const told = new Map<string, string>();
  return {
    print(state, nowMs) {
      let text = '';
      for (const chart of chartsOf(state, nowMs)) {
        const head = announced(chart, host, updateEvery);
        if (told.get(chart.id) !== head) text += head;
        told.set(chart.id, head);
        const values = chart.dimensions.map(({ id, value }) => `SET ${identifier(id)} = ${String(value)}\n`);
        text += `BEGIN netdata_egress.${chart.id}\n${values.join('')}END\n`;
      }
      return text;
    },
  };
}
