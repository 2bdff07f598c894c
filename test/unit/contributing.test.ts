/** The lists of steps in CONTRIBUTING.md lead to files that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('CONTRIBUTING.md', ROOT), 'utf8');
const paths = [...text.matchAll(/`((?:src|test|docs|schema|scripts|\.github)\/[^`\s]+)`/g)].flatMap(([, path = '']) =>
  // What is to be made is written with a placeholder; its folder is there.
  path.includes('<') ? [path.slice(0, path.lastIndexOf('/', path.indexOf('<')))] : [path],
);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const commands = [...text.matchAll(/`npm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name);

it.each([...new Set(paths)])('%s', (path) => {
  expect(existsSync(new URL(path, ROOT))).toBe(true);
});

it.each([...new Set(commands)].filter((name) => name !== 'ci'))('npm run %s', (name) => {
  expect(scripts).toHaveProperty([name]);
});
