// Writes schema/*.schema.json from the types' description. Run `npm run schema` after a change of the model.
import { writeFile } from 'node:fs/promises';
import * as prettier from 'prettier';
import { publishedFleetSchema } from '../dist/report/fleet/schema.js';
import { publishedSchema } from '../dist/model/schema/report.js';

const schemas = { 'report-v1': publishedSchema(), 'fleet-v1': publishedFleetSchema() };
for (const [name, schema] of Object.entries(schemas)) {
  const path = `schema/${name}.schema.json`;
  const options = await prettier.resolveConfig(path);
  await writeFile(path, await prettier.format(JSON.stringify(schema), { ...options, parser: 'json' }));
}
