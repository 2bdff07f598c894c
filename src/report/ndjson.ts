/** One observation per line, for pipelines; each line says which run on which host it belongs to. */
import type { Report } from '../model/report.js';
import { safeJson } from './escape.js';
import type { Renderer } from './renderer.js';

export const ndjsonFormat: Renderer = {
  id: 'ndjson',
  title: 'one JSON object per observation and line',
  extension: 'ndjson',
  render: (report: Report): string =>
    report.observations
      .map((o) => `${safeJson({ run: report.startedAt, hostname: report.environment.hostname, ...o })}\n`)
      .join(''),
};
