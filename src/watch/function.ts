/**
 * A Function of Netdata: the last round as a table, asked for by Netdata on standard input and answered between the values
 * of the charts. It shows what charts and alerts show, and so is open to whoever may see those.
 * Source: https://learn.netdata.cloud/docs/developer-and-contributor-corner/external-plugins
 */
import type { FindingId } from '../model/finding-id.js';
import { LEGS } from '../model/route.js';
import { safeText } from '../report/escape.js';
import { LEG_WORDS, OUTCOME_WORDS } from '../report/words.js';
import { STEPS } from './facts.js';
import type { Published } from './loop.js';
import { routeWords, warningText } from './words.js';

const NAME = 'netdata-egress';
/** s: the answer is at hand. */
const TIMEOUT = 10;
const HELP = 'Whether this Agent can claim and hold its link to Netdata Cloud: the last look';
/** What is longer is no call of ours. */
const MAX_LINE = 16_384;

/** Names the Function, once. Releases before 2 take the first four words and leave the rest. */
export const FUNCTION_LINE = `FUNCTION GLOBAL "${NAME}" ${String(TIMEOUT)} "${HELP}" "top" "any" 100\n`;

interface Call {
  readonly transaction: string;
  /** With its parameters. */
  readonly name: string;
}

/**
 * Takes what Netdata writes, as it comes, and finds the calls in it; a payload is read over.
 * @param onQuit Netdata wants the plugin to end
 */
export function functionCalls(onCall: (call: Call) => void, onQuit: () => void): (chunk: string) => void {
  let rest = '';
  let tooLong = false;
  let payloadOf: Call | null = null;
  const line = (text: string): void => {
    const [keyword = '', transaction = '', , name = ''] = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      ([, double, single, plain]) => double ?? single ?? plain ?? '',
    );
    if (payloadOf !== null) {
      if (keyword !== 'FUNCTION_PAYLOAD_END') return;
      onCall(payloadOf);
      payloadOf = null;
    } else if (keyword === 'QUIT') onQuit();
    else if (!/^[\w.:-]{1,100}$/.test(transaction)) return;
    else if (keyword === 'FUNCTION') onCall({ transaction, name });
    else if (keyword === 'FUNCTION_PAYLOAD') payloadOf = { transaction, name };
  };
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      if (!tooLong) line(text);
      tooLong = false;
    }
    if (rest.length <= MAX_LINE) return;
    tooLong = true;
    rest = '';
  };
}

/** What to print for a call. `state`: null before the first round; `updateEvery` in seconds. */
export function functionAnswer(
  { transaction, name }: Call,
  state: Published | null,
  { titleOf, nowMs, updateEvery }: { titleOf: (id: FindingId) => string; nowMs: number; updateEvery: number },
): string {
  const expires = Math.floor(nowMs / 1000) + updateEvery;
  const say = (status: number, body: object): string =>
    `FUNCTION_RESULT_BEGIN ${transaction} ${String(status)} application/json ${String(expires)}\n` +
    `${JSON.stringify({ status, ...body }, null, 1)}\nFUNCTION_RESULT_END\n`;
  if (name.split(' ', 1)[0] !== NAME) return say(404, { error_message: 'netdata-egress has no such function' });
  if (state === null) return say(503, { error_message: 'The first round is not finished yet.' });
  const columns = ['What', 'State', 'Detail'].map((column, index) => [column, columnOf(column, index)]);
  return say(200, {
    type: 'table',
    has_history: false,
    help: HELP,
    update_every: updateEvery,
    data: rowsOf(state, titleOf),
    columns: Object.fromEntries(columns),
    default_sort_column: 'What',
    expires,
  });
}

function rowsOf(
  { atMs, facts, memory }: Published,
  titleOf: (id: FindingId) => string,
): readonly (readonly [what: string, state: string, detail: string])[] {
  const cause = facts.cause === null ? '' : `${titleOf(facts.cause)} (${facts.cause}); run netdata-egress doctor`;
  const steps = (leg: (typeof LEGS)[number]): string =>
    STEPS.flatMap((step) => {
      const ms = facts.steps[leg][step];
      return ms === undefined ? [] : [`${step} ${String(ms)} ms`];
    }).join(', ');
  return [
    ...(['claim', 'link'] as const).map(
      (what) => [`verdict: ${what}`, OUTCOME_WORDS[facts[what]], facts[what] === 'will_work' ? '' : cause] as const,
    ),
    ...LEGS.map(
      (leg) =>
        [
          `way: ${LEG_WORDS[leg].name}`,
          OUTCOME_WORDS[facts.legs[leg]],
          [routeWords(facts.routes[leg]), steps(leg)].filter((one) => one !== '').join('; '),
        ] as const,
    ),
    ...Object.entries(memory.facts?.signers ?? {}).map(
      ([host, { issuer, notAfter }]) =>
        [`certificate: ${safeText(host, 120)}`, `until ${notAfter.slice(0, 10)}`, safeText(issuer, 200)] as const,
    ),
    ...memory.warnings.map((one, index) => [`warning ${String(index + 1)}`, 'stands', warningText(one)] as const),
    ['last look', new Date(atMs).toISOString(), ''],
  ];
}

/** As Netdata's own tables describe a column of text. */
function columnOf(name: string, index: number): object {
  return {
    index,
    unique_key: index === 0,
    name,
    visible: true,
    type: 'string',
    visualization: 'value',
    value_options: { transform: 'none', decimal_points: 0, default_value: null },
    sort: 'ascending',
    sortable: true,
    sticky: index === 0,
    summary: 'count',
    filter: index === 1 ? 'multiselect' : 'none',
    full_width: index === 2,
    wrap: index === 2,
    default_expanded_filter: false,
  };
}
