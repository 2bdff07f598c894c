/** The published schema of the report, as any user of it would check a document. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

const fileOf = (name: string): string => fileURLToPath(new URL(`../../schema/${name}.schema.json`, import.meta.url));
// Keywords of the project's own (x-…) are no business of a validator.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const compiled = (name: string) => ajv.compile(JSON.parse(readFileSync(fileOf(name), 'utf8')) as object);
const isValid = compiled('report-v1');
const isFleet = compiled('fleet-v1');

/** What the schema says against a document, as it would be written; the first few. Empty = nothing. */
export function schemaFaults(document: unknown): string {
  return isValid(JSON.parse(JSON.stringify(document))) ? '' : ajv.errorsText(isValid.errors?.slice(0, 3));
}

/** The same of a merged document. */
export function fleetFaults(document: unknown): string {
  return isFleet(JSON.parse(JSON.stringify(document))) ? '' : ajv.errorsText(isFleet.errors?.slice(0, 3));
}
