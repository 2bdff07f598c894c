/** Reads what `targets/tinyproxy.ts` writes, and nothing else. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import { linesOf } from './grammar.js';

const filter = linesOf([/^\^[a-z0-9-]+(?:\\\.[a-z0-9-]+)*\$$/], /\.tinyproxy\.filter$/);
const conf = linesOf(
  [/^ConnectPort [1-9]\d{0,4}$/, /^Filter "(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+"$/, /^FilterDefaultDeny Yes$/],
  /\.tinyproxy\.conf$/,
);

export const tinyproxy = (files: readonly RenderedFile[]): readonly string[] => [...filter(files), ...conf(files)];
