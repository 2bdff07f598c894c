/** Every form of a report, by the name that `--format` takes. A new form = one file and one line here. */
import { jsonFormat } from './json.js';
import type { Renderer } from './renderer.js';
import { textFormat } from './text.js';

export type { Renderer, RenderOptions } from './renderer.js';

export const formats: Readonly<Record<string, Renderer>> = {
  text: textFormat,
  json: jsonFormat,
};
