// Writes docs/reference/versions.md from the table of rules by version. Run `npm run versions` after a change of it.
import { mkdir, writeFile } from 'node:fs/promises';
import * as prettier from 'prettier';
import { versionsDocument } from '../dist/agent/versions/document.js';

const path = 'docs/reference/versions.md';
const options = await prettier.resolveConfig(path);
await mkdir('docs/reference', { recursive: true });
await writeFile(path, await prettier.format(versionsDocument(), { ...options, parser: 'markdown' }));
