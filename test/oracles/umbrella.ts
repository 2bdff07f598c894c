/** Reads what `targets/umbrella.ts` writes, and nothing else. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import { lintJson } from './json-file.js';
import { exactly, fqdn, list, object } from './shape.js';

const isOwn = (file: RenderedFile): boolean => file.name.endsWith('.umbrella.json');
const SHAPE = list(object({ destination: fqdn, comment: exactly('nd-allow netdata cloud') }), 1, 500);

export const umbrella = Object.assign(
  (files: readonly RenderedFile[]): readonly string[] => files.filter(isOwn).flatMap((file) => lintJson(file, SHAPE)),
  {
    flows: (files: readonly RenderedFile[]) =>
      files
        .filter(isOwn)
        .flatMap((file) =>
          (JSON.parse(file.content) as readonly { destination: string }[]).map((row) => row.destination),
        ),
  },
);
