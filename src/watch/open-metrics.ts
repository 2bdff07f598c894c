/**
 * The state as metrics: Prometheus text (0.0.4) for a textfile collector and old scrapers, OpenMetrics 1.0 for those that
 * ask for it. They differ in how a counter's family is named and in the end mark. No label holds a secret.
 */
import type { Outcome } from '../model/prediction.js';
import { LEGS } from '../model/route.js';
import { showInvisible } from '../report/escape.js';
import { OUTCOME_WORDS } from '../report/words.js';
import { addressCounts } from './address-counts.js';
import { STEPS } from './facts.js';
import type { Published } from './loop.js';

export type MetricsForm = 'text' | 'openmetrics';

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

const labelValue = (text: string): string =>
  showInvisible(text.slice(0, 200)).replace(/\\/g, '\\\\').replace(/"/g, '\\"');

function line(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${labelValue(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${String(value)}`;
}

const states = (labels: Labels, outcome: Outcome): Sample[] =>
  Object.keys(OUTCOME_WORDS).map((name) => ({ labels: { ...labels, outcome: name }, value: name === outcome ? 1 : 0 }));

/** `state` null = no round is over yet. */
export function metricsText(state: Published | null, form: MetricsForm, version: string, everyMs: number): string {
  const lines: string[] = [];
  const gauge = (name: string, help: string, samples: readonly Sample[]): void => {
    if (samples.length === 0) return;
    const full = `netdata_egress_${name}`;
    lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...samples.map((one) => line(full, one)));
  };
  const counter = (name: string, help: string, value: number): void => {
    const full = `netdata_egress_${name}`;
    const family = form === 'openmetrics' ? full : `${full}_total`;
    const sample = line(`${full}_total`, { labels: {}, value });
    lines.push(`# HELP ${family} ${help}`, `# TYPE ${family} counter`, sample);
  };
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  gauge('info', 'Version of netdata-egress.', [{ labels: { version }, value: 1 }]);
  gauge('watch_interval_seconds', 'Time between two rounds.', one(everyMs / 1000));
  const counts = state?.counts ?? { rounds: 0, failed: 0, broken: 0, looks: 0 };
  counter('watch_rounds', 'Rounds that were finished.', counts.rounds);
  counter('watch_failed_rounds', 'Rounds in which claim or link would fail.', counts.failed);
  counter('watch_broken_rounds', 'Rounds that could not be finished.', counts.broken);
  counter('watch_looks', 'Closer looks by the whole doctor.', counts.looks);
  if (state !== null) {
    const { facts, memory } = state;
    gauge('watch_last_round_timestamp_seconds', 'When the last round was over, Unix time.', one(state.atMs / 1000));
    gauge('verdict', 'Whether claiming and the link will work: 1 for the outcome that holds.', [
      ...states({ what: 'claim' }, facts.claim),
      ...states({ what: 'link' }, facts.link),
    ]);
    gauge(
      'leg',
      'The outcome of claim, /env, login and link: 1 for the one that holds.',
      LEGS.flatMap((leg) => states({ leg }, facts.legs[leg])),
    );
    gauge(
      'cause',
      'What is wrong, by the id of its finding.',
      facts.cause === null ? [] : [{ labels: { id: facts.cause }, value: 1 }],
    );
    gauge(
      'step_seconds',
      'How long each part of claim, /env, login and link took in the last round.',
      LEGS.flatMap((leg) =>
        STEPS.flatMap((step) => {
          const ms = facts.steps[leg][step];
          return ms === undefined ? [] : [{ labels: { leg, step }, value: ms / 1000 }];
        }),
      ),
    );
    gauge(
      'certificate_not_after_seconds',
      'When the first certificate of what a host shows ends, Unix time.',
      Object.entries(memory.facts?.signers ?? {}).map(([host, { notAfter }]) => ({
        labels: { host },
        value: Date.parse(notAfter) / 1000,
      })),
    );
    gauge(
      'addresses',
      'Addresses of a name: published ones, others, and those of the last hour that are missing now.',
      addressCounts(state).flatMap(({ host, known, fresh, missing }) => [
        { labels: { host, state: 'known' }, value: known },
        { labels: { host, state: 'new' }, value: fresh },
        { labels: { host, state: 'missing' }, value: missing },
      ]),
    );
    const kinds = ['certificate_expires', 'address_outside_rules', 'first_address_silent', 'agent_flapping'];
    gauge(
      'warnings',
      'Early warnings, by kind.',
      kinds.map((kind) => ({
        labels: { kind },
        value: memory.warnings.filter((warning) => warning.kind === kind).length,
      })),
    );
  }
  return `${lines.join('\n')}\n${form === 'openmetrics' ? '# EOF\n' : ''}`;
}
