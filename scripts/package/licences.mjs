import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesInside } from './bundle.mjs';
import { nodeLicence } from './executable.mjs';

/** The licences of everything that the forms hold, word for word: they ask for it. */
export async function licences(root) {
  const parts = [['netdata-egress', readFileSync(join(root, 'LICENSE'), 'utf8')]];
  for (const name of await packagesInside()) {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(entry));
    if (file === undefined) throw new Error(`${name} comes without the text of its licence`);
    parts.push([name, readFileSync(join(folder, file), 'utf8')]);
  }
  parts.push(['Node.js (the executables only)', nodeLicence()]);
  return parts.map(([name, text]) => `${name}\n${'='.repeat(name.length)}\n\n${text.trim()}\n`).join('\n\n');
}
