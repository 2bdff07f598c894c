/** `netdata-egress explain`: takes the words or the pasted text, prints the answer. Asks no network. */
import { fstatSync } from 'node:fs';
import { MAX_CHARS } from '../../diagnose/clues/read.js';
import { openTyped } from '../../host/typed.js';
import { UsageError } from '../../model/errors.js';
import { fileErrorText } from '../file-errors.js';
import { emit, oneOf, renderOptionsFor, type ShowFlags } from '../report/io.js';
import { explainText, explainTyped, FORMS, listAll } from './answer.js';

/** So long a pipe that was left open by whoever started us is waited for; - waits as every command does. */
const UNASKED_MS = 500;
const MAX_BYTES = 4 * MAX_CHARS;

export async function explainCommand(
  words: readonly string[],
  flags: ShowFlags & { readonly json?: boolean },
): Promise<void> {
  const form = oneOf('--format', flags.format ?? 'text', FORMS);
  const options = renderOptionsFor(flags);
  const typed = words.join(' ').trim();
  if (typed !== '' && typed !== '-') return emit(explainTyped(typed, form, options), flags);
  const text = typed === '-' ? await pasted() : isPiped() ? await pasted(UNASKED_MS) : '';
  const isNothing = typed !== '-' && text.trim() === '';
  return emit(isNothing ? listAll(form) : explainText(text, form, options), flags);
}

/** Whether something else than a terminal or an empty device may have a text for us. */
function isPiped(): boolean {
  try {
    const stats = fstatSync(0);
    return stats.isFIFO() || stats.isFile() || stats.isSocket();
  } catch {
    return false;
  }
}

/** The end of standard input. `silenceMs`: nothing within this time is no text. */
async function pasted(silenceMs?: number): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of openTyped('-', silenceMs)) {
      size += chunk.length;
      kept.push(chunk);
      while (size - (kept[0]?.length ?? 0) > MAX_BYTES) size -= kept.shift()?.length ?? 0;
    }
  } catch (error) {
    if (silenceMs === undefined) throw new UsageError(`cannot read standard input: ${fileErrorText(error)}`);
  }
  return Buffer.concat(kept).toString('utf8');
}
