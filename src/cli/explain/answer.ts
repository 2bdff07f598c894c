/** What `explain` answers: a page, the list of all, or what words may mean. Pure but for the pages of this package. */
import { type Clue, likely, readClues } from '../../diagnose/clues/read.js';
import { RULES } from '../../diagnose/registry.js';
import { UsageError } from '../../model/errors.js';
import { nearest, unknownName } from '../../model/unknown-name.js';
import { safeJson } from '../../report/escape.js';
import type { RenderOptions } from '../../report/registry.js';
import { IDS, idOf, pageOf, titleOf } from './catalogue.js';
import { renderPage } from './page.js';
import { renderSaid } from './said.js';

export const FORMS = ['text', 'markdown', 'json'] as const;
export type Form = (typeof FORMS)[number];

/** All findings, in the order of blame. */
export function listAll(form: Form): string {
  if (form === 'json') return jsonOf(RULES.map(({ id, title }) => ({ id, title })));
  const width = Math.max(...RULES.map(({ id }) => id.length));
  const line = ({ id, title }: { readonly id: string; readonly title: string }): string =>
    form === 'markdown' ? `- \`${id}\`: ${title}\n` : `${id.padEnd(width)}  ${title}\n`;
  return RULES.map(line).join('');
}

/**
 * The page of an id, or what the words mean.
 *
 * @throws UsageError for what nothing is known of; for what looks like an id, naming the nearest ones
 */
export function explainTyped(typed: string, form: Form, options: RenderOptions): string {
  const id = idOf(typed);
  if (id === null) {
    const looksLikeId = /^[\w./-]+$/.test(typed) && (typed.includes('.') || nearest(typed, RULES).length > 0);
    if (looksLikeId && readClues(typed, IDS).length === 0) throw unknownName('finding', typed, RULES, 'explain');
    return explainText(typed, form, options, true);
  }
  const page = pageOf(id);
  if (form === 'json') return jsonOf({ id, title: titleOf(id), page });
  return form === 'markdown' ? page : renderPage(page, options);
}

/**
 * What a text may mean.
 *
 * @param one it was typed, not pasted
 * @throws UsageError when nothing in it is known
 */
export function explainText(text: string, form: Form, options: RenderOptions, one = false): string {
  const clues = readClues(text, IDS);
  if (clues.length === 0) {
    const what = one ? JSON.stringify(text.slice(0, 60)) : 'this text';
    throw new UsageError(
      `nothing in ${what} is known. Give the id of a finding (explain shows all), words of the Agent, a line of its log, "return code 60", "exit code 7" or an HTTP status`,
    );
  }
  const findings = likely(clues).map((id) => ({ id, title: titleOf(id) }));
  return form === 'json' ? jsonOf({ clues: clues.map(forJson), findings }) : renderSaid(clues, options, one);
}

const forJson = ({ ids, ...clue }: Clue): object => ({ ...clue, findings: ids });

const jsonOf = (value: unknown): string => `${safeJson(value, 2)}\n`;
