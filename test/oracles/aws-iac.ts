/** Reads what `targets/shared/iac.ts` writes, and nothing else. */
import { type Shape, object, exactly, text } from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { expression, toHcl } from '../../src/firewall/core/hcl.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { readHcl } from './hcl.js';
import { readYaml } from './yaml.js';
import { toYaml, type Yaml } from '../../src/firewall/core/yaml.js';
import { TF, TEMPLATE } from '../../src/firewall/targets/shared/iac.js';

export function tfTagShape(target: string): Shape {
  return object({ [MARKER]: exactly(target) });
}

/** Exactly this reference. */
export function refersTo(what: string): Shape {
  return exactly(expression(what));
}

export function revisionShape(target: string): Shape {
  return text(new RegExp(`${MARKER} id=netdata-cloud rev=[0-9a-f]{12} target=${target} mode=(?:allow|enforce)`), 512);
}

/** Syntax, spelling and shape of what `read` understands and `write` would write. */
function lintAs<T>(
  file: RenderedFile,
  read: (content: string) => T,
  write: (value: T) => string,
  shape: Shape,
): readonly string[] {
  let value: T;
  try {
    value = read(file.content);
  } catch (error) {
    return [`${file.name}: ${error instanceof SyntaxError ? error.message : 'cannot be read'}`];
  }
  const found = shape(value, file.name);
  if (found.length > 0) return found;
  // What we write ends the file; before it there are only comments (and an empty line).
  const head = file.content.slice(0, -write(value).length).split('\n');
  const same = file.content.endsWith(write(value)) && head.every((line) => line === '' || line.startsWith('# '));
  return same ? [] : [`${file.name}: not written as we write it`];
}

/** A template with these parts. */
export function templateShape(target: string, parts: Readonly<Record<string, Shape>>): Shape {
  return object({
    AWSTemplateFormatVersion: exactly('2010-09-09'),
    Description: revisionShape(target),
    ...parts,
  });
}

/** Nothing in it depends on the allow list. */
export function always(wanted: unknown): Shape {
  return (value, path) => (JSON.stringify(value) === JSON.stringify(wanted) ? [] : [`${path}: is not what we write`]);
}

/** The readers of both forms; other files are not looked at. */
export function lintForms(
  files: readonly RenderedFile[],
  shapes: { readonly terraform: Shape; readonly template: Shape },
): readonly string[] {
  return files.flatMap((file) => {
    if (file.name.endsWith(TF)) return lintAs(file, readHcl, toHcl, shapes.terraform);
    if (file.name.endsWith(TEMPLATE))
      return lintAs(
        file,
        (content) => {
          const documents = readYaml(content);
          if (documents.length !== 1) throw new SyntaxError('is not one document');
          return documents[0] as Yaml;
        },
        (value) => toYaml([value as { readonly [key: string]: Yaml }]),
        shapes.template,
      );
    return [];
  });
}
