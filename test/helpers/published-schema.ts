/** The published schema of the report, as any user of it would check a document. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = fileURLToPath(new URL('../../schema/report-v1.schema.json', import.meta.url));
// Keywords of the project's own (x-…) are no business of a validator.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const isValid = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);

/** What the schema says against a document, as it would be written; the first few. Empty = nothing. */
export function schemaFaults(document: unknown): string {
  return isValid(JSON.parse(JSON.stringify(document))) ? '' : ajv.errorsText(isValid.errors?.slice(0, 3));
}
