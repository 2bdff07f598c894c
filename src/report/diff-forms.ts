/** A comparison for people, for tickets and for machines. */
import type { Change } from './diff.js';
import { safeJson, safeMarkdown } from './escape.js';
import type { RenderOptions } from './renderer.js';
import { TextLayout } from './text-layout.js';
import { count } from './words.js';

const value = (text: string | null): string => text ?? '(not there)';

/** For people, what happened to several legs or hosts alike is one change. */
function together(changes: readonly Change[]): readonly Change[] {
  const groups = new Map<string, Change>();
  for (const change of changes) {
    const { what, before, after, matters } = change;
    const key = JSON.stringify([what, before, after, matters]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? change : { ...known, about: `${known.about}, ${change.about}` });
  }
  return [...groups.values()];
}

function headline(changes: readonly Change[]): string {
  const important = changes.filter((change) => change.matters).length;
  if (changes.length === 0) return 'Nothing changed but timings.';
  if (important === 0) return `Nothing that matters changed; ${count(changes.length, 'small difference')}.`;
  const small = changes.length - important;
  const rest = small === 0 ? '' : `, ${count(small, 'small difference')}`;
  return `${count(important, 'change')} that matter${important === 1 ? 's' : ''}${rest}.`;
}

export function diffText(all: readonly Change[], options: RenderOptions): string {
  const changes = together(all);
  const out = new TextLayout(options);
  out.prose(headline(changes), 0, '', 0, options.paint.bold);
  for (const change of options.verbose < 0 ? [] : changes) {
    const tone = change.matters ? 'warn' : 'none';
    const word = change.matters ? 'matters' : 'small  ';
    out.blank();
    out.prose(
      `${change.what}, ${change.about}: ${change.why}`,
      2,
      `${out.glyph(tone)} ${out.colour(tone, word)}  `,
      11,
    );
    out.prose(value(change.before), 13, 'before  ', 8);
    out.prose(value(change.after), 13, 'after   ', 8);
  }
  return out.toString();
}

export function diffMarkdown(all: readonly Change[]): string {
  const changes = together(all);
  const md = (text: string): string => safeMarkdown(text, 300);
  const rows = changes.map(
    (c) =>
      `| ${c.matters ? 'yes' : 'no'} | ${md(c.what)} | ${md(c.about)} | ${md(value(c.before))} | ${md(value(c.after))} | ${md(c.why)} |`,
  );
  if (rows.length === 0) return `# ${headline(changes)}\n`;
  return [
    `# ${headline(changes)}`,
    '',
    '| Matters | What | About | Before | After | Why |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

export function diffJson(changes: readonly Change[]): string {
  const same = !changes.some((change) => change.matters);
  return `${safeJson({ schema: 'netdata-egress/diff', version: 1, same, changes }, 2)}\n`;
}
