/** What was recognised in a text, and the pages that are worth a look. */
import { type Clue, type ClueKind, likely } from '../../diagnose/clues/read.js';
import { safeText, toAscii } from '../../report/escape.js';
import type { RenderOptions } from '../../report/registry.js';
import { columns, padColumns, wrap } from '../../report/width.js';
import { titleOf } from './catalogue.js';

/** A longer list sends nobody anywhere. */
const MOST_PAGES = 8;

const WHAT: Readonly<Record<ClueKind, (word: string) => string>> = {
  reason: () => "The Agent's own word",
  log_line: (word) => `A line of the Agent's log, ${word.replaceAll('_', ' ')}`,
  state: (word) => `The Agent's status, ${word}`,
  curl_code: (word) => `Exit code ${word} of curl`,
  claim_exit: (word) => `Exit code ${word} of netdata-claim.sh`,
  http_status: (word) => `HTTP status ${word}`,
  foreign: () => 'An error of the network or of TLS',
  finding: (word) => `The finding ${word}`,
};

/** @param one the text was typed, not pasted: it need not be shown again */
export function renderSaid(clues: readonly Clue[], { paint, width, unicode }: RenderOptions, one: boolean): string {
  const out: string[] = [];
  const say = (text: string, indent = ''): void => {
    for (const line of wrap(unicode ? text : toAscii(text), width - indent.length)) out.push(indent + line);
  };
  for (const { kind, word, text, meaning, versions } of clues) {
    const said = safeText(text, Math.max(20, width - 4));
    if (!one && said !== '') out.push(paint.dim(`> ${unicode ? said : toAscii(said)}`));
    const since = versions === null ? '' : ` (Agents ${versions})`;
    say(`${WHAT[kind](word)}${since}${meaning === null ? '.' : `: ${meaning}`}`, one ? '' : '  ');
  }
  const ids = likely(clues);
  const pages = ids.slice(0, MOST_PAGES);
  if (pages.length === 0) {
    out.push('');
    say('Nothing is wrong by these words alone.');
  } else {
    const indent = Math.max(...pages.map(columns)) + 4;
    out.push('', paint.bold('Likely causes, the likeliest first:'));
    for (const id of pages) {
      const title = wrap(unicode ? titleOf(id) : toAscii(titleOf(id)), width - indent);
      title.forEach((line, index) => {
        out.push(index === 0 ? `  ${paint.cyan(padColumns(id, indent - 2))}${line}` : ' '.repeat(indent) + line);
      });
    }
    if (ids.length > pages.length) say(`and ${String(ids.length - pages.length)} more, less likely`, '  ');
  }
  out.push('', 'Which one it is, the doctor finds out on that host:', `    ${paint.cyan('netdata-egress doctor')}`);
  const [first] = pages;
  if (first !== undefined) out.push('About one of them:', `    ${paint.cyan(`netdata-egress explain ${first}`)}`);
  return `${out.join('\n')}\n`;
}
