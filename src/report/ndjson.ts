/** One observation per line, for pipelines; each line says which run on which host it belongs to. */
import type { Report } from '../model/report.js';
import { safeJson } from './escape.js';
import { simulationMark } from './judgement.js';
import type { Renderer } from './renderer.js';

export const ndjsonFormat: Renderer = {
  id: 'ndjson',
  title: 'one JSON object per observation and line',
  extension: 'ndjson',
  render: (report: Report): string => {
    const mark = simulationMark(report);
    const head = {
      ...(mark === null ? {} : { simulation: mark }),
      run: report.startedAt,
      hostname: report.environment.hostname,
    };
    return report.observations.map((o) => `${safeJson({ ...head, ...o })}\n`).join('');
  },
};
