/** The fleet in numbers, in the Prometheus text format, for a textfile collector. No host is a label: their number has no bound. */
import { metric, type Sample } from '../prometheus.js';
import { OUTCOME_WORDS } from '../words.js';
import type { FleetDocument } from './document.js';

const one = (value: number): Sample[] => [{ labels: {}, value }];

export function fleetPrometheus(fleet: FleetDocument): string {
  const { trend } = fleet;
  const latest = fleet.to === null ? NaN : Date.parse(fleet.to) / 1000;
  const oldest = fleet.from === null ? NaN : Date.parse(fleet.from) / 1000;
  const labelled = fleet.facets.filter(({ name }) => name.startsWith('label:'));
  const lines = [
    ...metric(
      'fleet_hosts',
      'Hosts by outcome.',
      Object.keys(OUTCOME_WORDS).map((outcome) => ({
        labels: { outcome },
        value: fleet.outcomes[outcome as keyof typeof fleet.outcomes],
      })),
    ),
    ...metric(
      'fleet_cause_hosts',
      'Hosts by first cause.',
      fleet.causes.map(({ cause, hosts }) => ({ labels: { cause }, value: hosts.length })),
    ),
    ...metric(
      'fleet_finding_hosts',
      'Hosts on which a finding was made, as first cause or beside it.',
      fleet.findings.map(({ id, severity, hosts }) => ({ labels: { id, severity }, value: hosts })),
    ),
    ...metric(
      'fleet_label_hosts',
      'Hosts by label, and how many of them fail or are at risk.',
      labelled.flatMap(({ name, values }) =>
        values.flatMap(({ value, hosts, failing, atRisk }) => {
          const labels = { label: name.slice('label:'.length), value };
          return [
            { labels: { ...labels, state: 'all' }, value: hosts },
            { labels: { ...labels, state: 'failing' }, value: failing },
            { labels: { ...labels, state: 'at_risk' }, value: atRisk },
          ];
        }),
      ),
    ),
    ...metric('fleet_odd_hosts', 'Hosts unlike the others of their group.', one(fleet.odd.length + fleet.moreOdd)),
    ...(trend === null
      ? []
      : metric('fleet_trend_hosts', 'Hosts by what became of them since the last merge.', [
          { labels: { change: 'fixed' }, value: trend.fixed.length },
          { labels: { change: 'new' }, value: trend.new.length },
          { labels: { change: 'still' }, value: trend.still.length },
          { labels: { change: 'unclear' }, value: trend.unclear.length },
          { labels: { change: 'added' }, value: trend.added.length },
          { labels: { change: 'gone' }, value: trend.gone.length },
        ])),
    ...metric(
      'fleet_left_out_inputs',
      'Inputs that do not count, by reason.',
      Object.entries(fleet.leftOut).map(([reason, value]) => ({ labels: { reason }, value })),
    ),
    ...(Number.isFinite(latest)
      ? metric('fleet_newest_run_timestamp_seconds', 'When the newest run began, Unix time.', one(latest))
      : []),
    ...(Number.isFinite(oldest)
      ? metric('fleet_oldest_run_timestamp_seconds', 'When the oldest run that counts began, Unix time.', one(oldest))
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
