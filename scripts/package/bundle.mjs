/**
 * The whole program as one CommonJS text: every command, the pages of the findings, the schema. It requires nothing but
 * Node's own modules, and runs from a file, from standard input (`node - doctor < netdata-egress.cjs`) or as the main
 * script of an executable.
 */
import { build } from 'esbuild';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START = join(ROOT, 'bin/start.js');

/** What `src/cli/assets.ts` reads from the package, as path and text. */
function assets() {
  const read = (path) => [path, readFileSync(join(ROOT, path), 'utf8')];
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const pages = readdirSync(join(ROOT, 'docs/findings'))
    .filter((file) => file.endsWith('.md'))
    .sort();
  return Object.fromEntries([
    ['package.json', JSON.stringify({ name, version })],
    read('schema/report-v1.schema.json'),
    read('docs/capture.sh'),
    ...pages.map((file) => read(`docs/findings/${file}`)),
  ]);
}

/** Puts the files in where `src/cli/assets.ts` would read them from the disk. `only`: those whose path it accepts. */
function embedAssets(only = () => true) {
  return {
    name: 'embed-assets',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/]cli[\\/]assets\.ts$/ }, () => ({
        loader: 'ts',
        contents: `const FILES: Record<string, string> = ${JSON.stringify(
          Object.fromEntries(Object.entries(assets()).filter(([path]) => only(path))),
        )};
export function asset(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error('this program does not hold ' + path);
  return text;
}`,
      }));
    },
  };
}

/** The launcher imports the built program: here its sources. */
const fromSources = {
  name: 'from-sources',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/dist\/.*\.js$/ }, ({ path }) => ({
      path: join(ROOT, path.replace('../dist/', 'src/').replace(/\.js$/, '.ts')),
    }));
  },
};

/** ws asks for two native helpers that it can do without: Node would search the disk of the host for them. */
const noNativeHelpers = {
  name: 'no-native-helpers',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:bufferutil|utf-8-validate)$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: "throw new Error('not bundled');" }));
  },
};

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20.18',
  minify: true,
  // Errors are told apart by their class names.
  keepNames: true,
  legalComments: 'none',
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
};

async function textOf(options) {
  const { outputFiles } = await build({ ...COMMON, ...options });
  return outputFiles[0].text;
}

/** Names of the packages whose code the program holds, sorted: of what esbuild put in, not of what was asked for. */
export async function packagesInside() {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: [START],
    plugins: [fromSources, embedAssets(), noNativeHelpers],
    metafile: true,
  });
  const names = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/**
 * Parsing two million characters costs more than most commands do, and an old Node stops at the first new syntax. So the
 * script starts with what `--version` and `--help` need, and holds the rest compressed until something imports it.
 *
 * @param node the oldest version of Node that will do
 * @param quality of the compression, 0 to 11: less is faster
 */
export async function script({ node, quality = 11 }) {
  const parts = new Map();
  const lazyParts = {
    name: 'lazy-parts',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, importer, kind }) => {
        if (kind !== 'dynamic-import') return null;
        const file = resolve(dirname(importer), path.replace(/\.js$/, '.ts'));
        parts.set(relative(ROOT, file), file);
        return { path: relative(ROOT, file), namespace: 'part' };
      });
      onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
        contents: `module.exports = globalThis[Symbol.for('netdata-egress.parts')]()[${JSON.stringify(path)}]();`,
      }));
    },
  };
  const front = await textOf({
    entryPoints: [START],
    plugins: [fromSources, lazyParts, embedAssets((path) => path === 'package.json')],
  });
  const wanted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
  const rest = await textOf({
    stdin: {
      contents: `export const parts = {${wanted
        .map(([name, file]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(file)})`)
        .join(',')}};`,
      resolveDir: ROOT,
    },
    plugins: [embedAssets(), noNativeHelpers],
  });
  const packed = brotliCompressSync(rest, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 22 },
  }).toString('base64');
  // Its own text, for whoever has to start it once more: from standard input it is nowhere else.
  return `#!/usr/bin/env node
(function netdataEgress(require) {
'use strict';
var need='${node}'.split('.').map(Number),have=process.versions.node.split('.').map(Number);
if((have[0]-need[0]||have[1]-need[1]||have[2]-need[2])<0){process.stderr.write('netdata-egress needs Node.js ${node} or newer; this is '+process.versions.node+'\\n');process.exit(2)}
global[Symbol.for('netdata-egress.text')]=function(){return '('+netdataEgress+')(require)\\n'};
var packed='${packed}';
var made;
function run(text,filename){
var exported={exports:{}};
require('vm').runInThisContext('(function(require,module,exports){'+text+'\\n})',{filename:filename})(require,exported,exported.exports);
return exported.exports}
global[Symbol.for('netdata-egress.parts')]=function(){
if(!made){made=run(require('zlib').brotliDecompressSync(Buffer.from(packed,'base64')).toString('latin1'),'netdata-egress').parts;packed=''}
return made};
run(${JSON.stringify(front)},'netdata-egress-start');
})(require)
`;
}
