/** What is carried to others: the files of the package, and what an old Node makes of the program. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
const NEEDED = '20.18.1';

describe('the package', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
  ) as readonly { readonly files: readonly { readonly path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];

  it.each([
    'LICENSE',
    'CHANGELOG.md',
    'README.md',
    'bin/netdata-egress.js',
    'bin/start.js',
    'bin/package.json',
    'dist/cli/main.js',
    'dist/index.d.ts',
    'schema/report-v1.schema.json',
    'docs/findings/tcp.dropped.md',
    'docs/reference/agent.md',
    'deploy/ansible/galaxy.yml',
    'deploy/kubernetes/base/daemonset/daemonset.yaml',
  ])('holds %s', (path) => {
    expect(paths).toContain(path);
  });

  it('holds no source map, no sources, no tests and no grade', () => {
    expect(paths.filter((path) => /\.map$|^src\/|^test\/|grade\.md$/.test(path))).toEqual([]);
    // What earlier builds left behind is cleared before packing.
    const built = paths.filter((path) => existsSync(`${ROOT}${path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts')}`));
    const maps = built.filter((path) => path.endsWith('.js') && read(path).includes('sourceMappingURL'));
    expect(maps).toEqual([]);
  });

  it('has the whole text of its licence', () => {
    expect(read('LICENSE')).toMatch(/TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION[\s\S]*END OF TERMS/);
  });
});

describe('the version of Node', () => {
  it('is the same wherever it is named', () => {
    expect(JSON.parse(read('package.json'))).toMatchObject({ engines: { node: `>=${NEEDED}` } });
    expect(read('.nvmrc').trim()).toBe(NEEDED);
    expect(read('README.md')).toContain(`Node.js ${NEEDED} or newer`);
    expect(read('bin/netdata-egress.js')).toContain(`'${NEEDED}'`);
  });

  it('is asked for in words that every Node can read', () => {
    const code = read('bin/netdata-egress.js').replace(/\/\/.*/g, '');
    expect(code).not.toMatch(/\b(?:const|let|class|async|await|import|of)\b|=>|`|\?\.|\?\?|\.\.\.|\*\*/);
  });

  /** What the entry does under another version of Node. */
  function startUnder(node: string): {
    readonly said: string;
    readonly code: number | null;
    readonly started: boolean;
  } {
    const done = { said: '', code: null as number | null, started: false };
    runInNewContext(read('bin/netdata-egress.js').replace(/^#!.*/, ''), {
      process: {
        versions: { node },
        stderr: { write: (text: string) => (done.said += text) },
        exit: (code: number) => (done.code = code),
      },
      require: (path: string) => (done.started = path === './start.js'),
    });
    return done;
  }

  it.each(['0.10.48', '8.17.0', '18.20.8', '20.9.0', '20.18.0'])('%s is too old', (node) => {
    expect(startUnder(node)).toEqual({
      said: `netdata-egress needs Node.js ${NEEDED} or newer; this is ${node}\n`,
      code: 2,
      started: false,
    });
  });

  it.each(['20.18.1', '20.19.0', '22.0.0', '24.1.0', '100.0.0'])('%s will do', (node) => {
    expect(startUnder(node)).toEqual({ said: '', code: null, started: true });
  });
});

it('the workflow runs what .ci/run runs', () => {
  expect(read('.github/workflows/ci.yml')).toMatch(/^ +- run: \.ci\/run$/m);
});
