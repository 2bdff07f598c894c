/** Fleets made of sample runs: sites and racks, hosts that fail together, and odd ones. */
import type { Report } from '../../src/model/report.js';
import type { FleetDocument } from '../../src/report/fleet/document.js';
import { Fleet } from '../../src/report/fleet/fleet.js';
import { summarise } from '../../src/report/fleet/summarise.js';
import type { Earlier } from '../../src/report/fleet/trend.js';
import { KINDS, healthy, mqttDropped, nxdomain, proxy407 } from './sample-kinds.js';

export interface HostGive {
  readonly at?: string;
  readonly source?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A run as if another host had made it. */
export function onHost(report: Report, hostname: string, { at, source, labels }: HostGive = {}): Report {
  return {
    ...report,
    startedAt: at ?? report.startedAt,
    environment: { ...report.environment, hostname },
    ...(labels === undefined ? {} : { labels }),
    observations:
      source === undefined
        ? report.observations
        : report.observations.map((one) =>
            one.operation === 'connect' && one.failure === null ? { ...one, localAddress: source } : one,
          ),
  };
}

export function summaryOf(fleet: Fleet, earlier: Earlier | null = null): FleetDocument {
  return summarise(fleet, { toolVersion: '0.1.0', now: '2026-09-01T06:00:00.000Z', earlier });
}

/**
 * Three sites of two racks: at fra2 all go through a proxy that wants a login; in ams1 one host has a resolver that
 * knows no name, and five hosts of lon3 cannot reach the broker.
 */
export function sampleRuns(): readonly Report[] {
  const runs: Report[] = [];
  for (const [s, site] of ['ams1', 'fra2', 'lon3'].entries()) {
    for (let i = 0; i < 12; i += 1) {
      const rack = `r${Math.floor(i / 6)}`;
      const give = { source: `10.2${s}.${Math.floor(i / 6)}.${10 + i}`, labels: { site, rack: `${site}-${rack}` } };
      const name = `${site}-web-${String(i).padStart(2, '0')}`;
      const kind =
        site === 'fra2'
          ? proxy407
          : site === 'ams1' && i === 4
            ? nxdomain
            : site === 'lon3' && i > 6
              ? mqttDropped
              : healthy;
      runs.push(onHost(kind(), name, give));
    }
  }
  return runs;
}

export function fleetOf(reports: readonly Report[]): Fleet {
  const fleet = new Fleet();
  for (const [index, report] of reports.entries()) fleet.add(report, `${index}.json`);
  return fleet;
}

/** One host of every kind of answer. */
export const everyKind = (): readonly Report[] => Object.entries(KINDS).map(([kind, make]) => onHost(make(), kind));
