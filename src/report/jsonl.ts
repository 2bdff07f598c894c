/** The run as JSON in one line: for logs of many hosts, which `report merge -` reads. */
import { safeJson } from './escape.js';
import type { Report } from '../model/report.js';
import type { Renderer } from './renderer.js';

export const jsonlFormat: Renderer = {
  id: 'jsonl',
  title: 'the whole run as one JSON document in one line',
  extension: 'jsonl',
  render: (report: Report): string => `${safeJson(report)}\n`,
};
