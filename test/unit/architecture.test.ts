/** docs/architecture.md says who may import whom; the linter enforces the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const folders = readdirSync(new URL('src/', ROOT), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

/** The page's word: folder to the folders that it may import. */
function documented(): Record<string, readonly string[]> {
  const rows = read('docs/architecture.md').matchAll(/^\| `src\/(\w+)` \| [^|]+ \| ([^|]+) \|$/gmu);
  return Object.fromEntries(
    [...rows].map(([, folder = '', may = '']) => [
      folder,
      may === 'everything'
        ? folders.filter((name) => name !== folder)
        : [...may.matchAll(/`(\w+)`/gu)].map((match) => match[1] ?? ''),
    ]),
  );
}

/** What the linter forbids the files of one glob to import. */
function forbidden(glob: string): readonly string[] {
  const { overrides } = JSON.parse(read('.oxlintrc.json')) as { readonly overrides: readonly Override[] };
  const rules = overrides.filter(({ files }) => files.length === 1 && files[0] === glob);
  return rules.flatMap(({ rules: { 'no-restricted-imports': rule } }) => {
    const [, options] = (rule ?? []) as [
      string,
      { readonly patterns?: readonly { readonly group: readonly string[] }[] },
    ];
    return options?.patterns?.flatMap(({ group }) => group) ?? [];
  });
}

/** The linter's word. */
function enforced(): Record<string, readonly string[]> {
  const may = folders.map((folder) => {
    const groups = forbidden(`src/${folder}/**`);
    const outside = groups.includes('../*') || groups.includes('**/*');
    const open = folders.filter((name) => name !== folder && !outside && !groups.includes(`**/${name}/**`));
    return [folder, open] as const;
  });
  return Object.fromEntries(may);
}

it('the table of imports is the one that the linter enforces', () => {
  expect(documented()).toEqual(enforced());
});

it('the parts of firewall import what the page says', () => {
  const parts = ['core', 'live', 'read', 'targets'];
  const rows = [...read('docs/architecture.md').matchAll(/^\| `src\/firewall\/(\w+)` \| [^|]+ \| ([^|]+) \|$/gmu)];
  expect(rows.map(([, part = '']) => part).sort()).toEqual(parts);
  for (const [, part = '', may = ''] of rows) {
    if (may === 'everything') continue;
    const closed = forbidden(`src/firewall/${part}/**`);
    const open = [...folders, ...parts].filter((name) => name !== part && name !== 'firewall');
    expect(open.filter((name) => !closed.includes(`**/${name}/**`)).sort(), part).toEqual(
      [...may.matchAll(/`(\w+)`/gu)].map((match) => match[1] ?? ''),
    );
  }
});
