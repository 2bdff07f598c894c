/** Reads what `targets/aws/prefix-list.ts` writes, and nothing else. */
import { type Shape, object, text, exactly, integer, list as listOf, prefix, also, either } from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { DESCRIPTION, tagSpecificationShape } from './aws-common.js';
import { ENTRIES_PER_REQUEST } from '../../src/firewall/targets/aws/common.js';
import { ID, isRequest } from '../../src/firewall/targets/aws/prefix-list.js';
import { lintJson } from './json-file.js';
import { lintPrefixListForms } from './aws-prefix-list-iac.js';
import { portsHold } from './aws-header.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

function shapeOf(family: 4 | 6): Shape {
  const shape = object({
    PrefixListName: text(new RegExp(`${MARKER}-v${String(family)}(?:-[a-z0-9-]{1,20})?`), 255),
    AddressFamily: exactly(`IPv${String(family)}`),
    MaxEntries: integer(1, 1000),
    Entries: listOf(object({ Cidr: prefix(family), Description: DESCRIPTION }), 1, ENTRIES_PER_REQUEST),
    TagSpecifications: tagSpecificationShape('prefix-list', ID),
  });
  return also(shape, (row: { Entries: readonly { Cidr: string }[]; MaxEntries: number }) =>
    row.Entries.length > row.MaxEntries
      ? 'has more entries than room'
      : new Set(row.Entries.map((item) => item.Cidr)).size < row.Entries.length
        ? 'has a prefix twice'
        : null,
  );
}

const SHAPE = either(shapeOf(4), shapeOf(6));

export function awsPrefixList(files: readonly RenderedFile[]): readonly string[] {
  const found = [
    ...files.filter(isRequest).flatMap((file) => lintJson(file, SHAPE)),
    ...lintPrefixListForms(files, ID),
  ];
  return found.length > 0 ? found : portsHold(files);
}
