/** Every form of a report, by the name that `--format` takes. A new form = one file and one line here. */
import { htmlFormat } from './html.js';
import { jsonFormat } from './json.js';
import { jsonlFormat } from './jsonl.js';
import { junitFormat } from './junit.js';
import { letterFormat } from './letter.js';
import { markdownFormat } from './markdown.js';
import { nagiosFormat } from './nagios.js';
import { ndjsonFormat } from './ndjson.js';
import { prometheusFormat } from './prometheus.js';
import type { Renderer } from './renderer.js';
import { sarifFormat } from './sarif.js';
import { textFormat } from './text.js';

export type { Renderer, RenderOptions } from './renderer.js';

export const formats: Readonly<Record<string, Renderer>> = {
  text: textFormat,
  json: jsonFormat,
  jsonl: jsonlFormat,
  html: htmlFormat,
  markdown: markdownFormat,
  junit: junitFormat,
  sarif: sarifFormat,
  prometheus: prometheusFormat,
  nagios: nagiosFormat,
  ndjson: ndjsonFormat,
  letter: letterFormat,
};
