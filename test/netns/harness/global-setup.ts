/** Once per run: certificates, trust stores' raw material, and the services compiled for plain node. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { TestProject } from 'vitest/node';
import { mintAll } from './pki.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Certificates of this run. */
    pki: string;
    /** Scratch directory of this run. */
    scratch: string;
    /** Compiled services. */
    services: string;
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.getuid?.() !== 0) throw new Error('the root lab needs root (network namespaces)');
  const scratch = await mkdtemp('/var/lib/netdata-egress-lab-');
  // Services that drop their privileges must be able to read their files.
  await import('node:fs/promises').then((fs) => fs.chmod(scratch, 0o755));
  project.provide('scratch', scratch);
  project.provide('pki', await mintAll(join(scratch, 'pki')));
  project.provide('services', await compileServices());
  return () => rm(scratch, { recursive: true, force: true });
}

/** Node 20 runs no TypeScript; the services run outside vitest. Kept under node_modules so that imports resolve. */
async function compileServices(): Promise<string> {
  const out = join(root, 'node_modules/.cache/netdata-egress-lab');
  for (const folder of ['harness', 'services']) {
    const from = join(root, 'test/netns', folder);
    for (const name of await readdir(from)) {
      if (!name.endsWith('.ts') || name === 'global-setup.ts') continue;
      const source = await readFile(join(from, name), 'utf8');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
      });
      const target = join(out, folder, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(`${target}.${process.pid}`, outputText);
      await rename(`${target}.${process.pid}`, target);
    }
  }
  await writeFile(join(out, 'package.json'), '{ "type": "module" }\n');
  return join(out, 'services');
}
