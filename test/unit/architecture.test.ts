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

/** The linter's word. */
function enforced(): Record<string, readonly string[]> {
  const { overrides } = JSON.parse(read('.oxlintrc.json')) as { readonly overrides: readonly Override[] };
  const may = folders.map((folder) => {
    const rules = overrides.filter(({ files }) => files.length === 1 && files[0] === `src/${folder}/**`);
    const groups = rules.flatMap(({ rules: { 'no-restricted-imports': rule } }) => {
      const [, options] = (rule ?? []) as [
        string,
        { readonly patterns?: readonly { readonly group: readonly string[] }[] },
      ];
      return options?.patterns?.flatMap(({ group }) => group) ?? [];
    });
    const outside = groups.includes('../*') || groups.includes('**/*');
    const open = folders.filter((name) => name !== folder && !outside && !groups.includes(`**/${name}/**`));
    return [folder, open] as const;
  });
  return Object.fromEntries(may);
}

it('the table of imports is the one that the linter enforces', () => {
  expect(documented()).toEqual(enforced());
});
