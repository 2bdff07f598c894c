/** Reads what `targets/shared/cluster-common.ts` writes, and nothing else. */
import { type Shape, object, text, exactly, dictionary } from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { NAMESPACE, KEY, NAME, manifestName, type Manifest } from '../../src/firewall/targets/shared/cluster-common.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { type Allowed, revisionProblems, headerProblems } from './header-check.js';
import { readYaml } from './yaml.js';
import { toYaml } from '../../src/firewall/core/yaml.js';

export function metadataShape(target: string, more: Readonly<Record<string, Shape>> = {}): Shape {
  return object({
    name: text(new RegExp(`${MARKER}(?:-[a-z0-9-]{1,20})?`)),
    namespace: text(NAMESPACE.pattern),
    labels: object({ [MARKER]: exactly(target), ...more }),
    annotations: object({
      [MARKER]: text(new RegExp(`id=netdata-cloud rev=[0-9a-f]{12} target=${target} mode=(?:allow|enforce)`)),
    }),
  });
}

export const labelsShape: Shape = dictionary(new RegExp(KEY), text(new RegExp(NAME), 63));

export const namespaceShape: Shape = text(NAMESPACE.pattern);

/** `shape` sees the list of documents; `allowed` tells what a list that fits it lets through, besides DNS. */
export function lintManifest(
  files: readonly RenderedFile[],
  id: string,
  shape: Shape,
  allowed: (documents: never) => readonly Allowed[],
  byNames: boolean,
): readonly string[] {
  return files
    .filter((file) => file.name === manifestName(id))
    .flatMap((file) => {
      try {
        const documents = readYaml(file.content) as readonly Manifest[];
        const written = file.content.endsWith(`\n${toYaml(documents)}`) || file.content === toYaml(documents);
        const found = [
          ...(written ? [] : [`${file.name}: not written as we write it`]),
          ...shape(documents, file.name),
        ];
        if (found.length > 0) return found;
        return [...revisionProblems(file), ...headerProblems([file], allowed(documents as never), byNames)];
      } catch (error) {
        return [`${file.name}: ${error instanceof Error ? error.message : 'unreadable'}`];
      }
    });
}
