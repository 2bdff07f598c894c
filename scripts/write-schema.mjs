// Writes schema/report-v1.schema.json from the types' description. Run `npm run schema` after a change of the model.
import { writeFile } from 'node:fs/promises';
import * as prettier from 'prettier';
import { publishedSchema } from '../dist/report/schema/report.js';

const path = 'schema/report-v1.schema.json';
const options = await prettier.resolveConfig(path);
await writeFile(path, await prettier.format(JSON.stringify(publishedSchema()), { ...options, parser: 'json' }));
