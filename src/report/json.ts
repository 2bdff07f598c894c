/** The run as one JSON document (schema/report-v1.schema.json): the form that everything else is made from. */
import type { Report } from '../model/report.js';
import { safeJson } from './escape.js';
import type { Renderer } from './renderer.js';

export const jsonFormat: Renderer = {
  id: 'json',
  title: 'the whole run as one JSON document (schema/report-v1.schema.json)',
  extension: 'json',
  render: (report: Report): string => `${safeJson(report, 2)}\n`,
};
