/** What comments and pages point at exists: files, sections, and nothing outside the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => existsSync(join(ROOT, path)));
const code = files.filter(
  (path) => /^(?:src|test|scripts|bin)\/.*\.(?:ts|js|mjs|sh)$/.test(path) && !path.startsWith('test/golden/'),
);
const pages = files.filter((path) => path.endsWith('.md') && !path.startsWith('test/golden/'));

/** The anchors of a page, as GitHub makes them from its headings, and those that it sets itself. */
function anchorsOf(page: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, id = ''] of page.matchAll(/<a id="([^"]+)"/g)) found.add(id);
  for (const [, heading = ''] of page.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let name = slug;
    for (let n = 1; found.has(name); n += 1) name = `${slug}-${String(n)}`;
    found.add(name);
  }
  return found;
}

const known = new Map<string, ReadonlySet<string>>();

/** Null when it leads somewhere; otherwise what is missing. */
function missing(path: string, anchor: string | undefined): string | null {
  if (!existsSync(join(ROOT, path))) return path;
  if (anchor === undefined || anchor === '') return null;
  let anchors = known.get(path);
  if (anchors === undefined) known.set(path, (anchors = anchorsOf(read(path))));
  return anchors.has(anchor) ? null : `${path}#${anchor}`;
}

/** Comments are wrapped: a list of anchors may go on in the next line. */
const unwrapped = (text: string): string => text.replaceAll(/\n\s*(?:\*|\/\/) /g, ' ');

function citations(text: string): readonly (readonly [string, string | undefined])[] {
  const cited: (readonly [string, string | undefined])[] = [];
  for (const [, path = '', anchors = ''] of unwrapped(text).matchAll(
    /\b(docs\/[\w./-]+?\.md)((?:#[a-z0-9_-]+)?(?:, #[a-z0-9_-]+)*)/g,
  )) {
    // `docs/findings/ID.md` stands for each of them.
    if (/\/(?:ID|NAME)\.md$/.test(path)) continue;
    const list = anchors.split(', ').map((anchor) => anchor.slice(1));
    for (const anchor of list) cited.push([path, anchor]);
  }
  return cited;
}

describe('citations', () => {
  it('understands lists of anchors, also across lines', () => {
    expect(citations(' * (docs/reference/agent.md#connect, #socks5,\n * #t1) and docs/lab.md')).toEqual([
      ['docs/reference/agent.md', 'connect'],
      ['docs/reference/agent.md', 'socks5'],
      ['docs/reference/agent.md', 't1'],
      ['docs/lab.md', ''],
    ]);
  });

  it('in code lead to a file and a section that exist', () => {
    const all = code.flatMap((path) =>
      citations(read(path)).map(([target, anchor]) => ({ path, gap: missing(target, anchor) })),
    );
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ gap }) => gap !== null)).toEqual([]);
  });

  it('in pages lead to a file and a section that exist', () => {
    const all = pages.flatMap((path) =>
      [
        ...read(path)
          .replaceAll(/^```[\s\S]*?^```/gm, '')
          .matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g),
      ].map(([, target = '', anchor]) => ({
        path,
        gap: missing(target === '' ? path : normalize(join(dirname(path), target)), anchor),
      })),
    );
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter(({ gap }) => gap !== null)).toEqual([]);
  });

  it('name no document by a path, section or number that only its author has', () => {
    const wrong = code.flatMap((path) =>
      unwrapped(read(path))
        .split('\n')
        .filter(
          (line) =>
            /\b(?:agent-(?:behaviour|confirmed|versions)|peers|design|style)\.md\b|\bagent-confirmed\b|(?<![\w/-])(?:firewall|findings)\.md\b/.test(
              line,
            ) ||
            (/§ ?\d/.test(line) && !/RFC \d|MQTT/.test(line) && !/\/mqtt[/-]/.test(path)) ||
            (path.startsWith('src/') && /\btrap T\d|\(T\d{1,2}\b/.test(line)),
        )
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wrong.filter((line) => !line.startsWith('test/unit/citations.test.ts'))).toEqual([]);
  });

  it('to traps lead to the list of tests, which has the same numbers', () => {
    const numbers = (text: string, form: RegExp): readonly number[] =>
      [...new Set([...text.matchAll(form)].map(([, n]) => Number(n)))].sort((a, b) => a - b);
    expect(numbers(read('docs/reference/agent.md'), /<a id="t(\d+)"/g)).toEqual(
      numbers(read('test/traps.md'), /^\| T(\d+)/gm),
    );
  });
});
