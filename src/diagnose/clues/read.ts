/** Reads what somebody has in hand: an Agent's words, a log, a code, somebody else's error. Pure; any text is safe. */
import { readAclkState, readAclkText, readInfoDocument } from '../../agent/parse/agent-status.js';
import { readLogLine } from '../../agent/words/log-lines.js';
import { readReason } from '../../agent/words/status-reason.js';
import { STATUS_WORDS, type StatusRow } from '../../agent/words/status-words.js';
import type { FindingId } from '../../model/finding-id.js';
import { BY_LOG, BY_REASON, BY_STATE, CLAIM_EXITS, CURL, FOREIGN, ofHttp, STATES, WGET } from './findings.js';

export type ClueKind =
  'reason' | 'log_line' | 'state' | 'curl_code' | 'claim_exit' | 'http_status' | 'foreign' | 'finding';

export interface Clue {
  readonly kind: ClueKind;
  /** The code, kind or id that it was read as: the same word, the same clue. */
  readonly word: string;
  /** The text that it was read from, at most MAX_SHOWN characters, not made harmless. */
  readonly text: string;
  /** One sentence; null where the findings say it all. */
  readonly meaning: string | null;
  /** Releases of the Agent that say so, where they are known: `2.10.0 and newer`. */
  readonly versions: string | null;
  /** The likeliest first. Empty: nothing is wrong, or nothing can be told from it. */
  readonly ids: readonly FindingId[];
}

/** A longer text is read from its end: there stands what happened last. */
export const MAX_CHARS = 1024 * 1024;
const MAX_LINES = 5000;
const MAX_LINE = 4000;
const MAX_SHOWN = 300;
/** More different clues than this tell nothing more. */
const MAX_CLUES = 20;

/** What a terminal makes colours of: it may stand in the middle of a word. */
const COLOUR = /\u001b\[[0-9;]{0,20}[A-Za-z]/g;

type Read = Omit<Clue, 'text'>;

/**
 * The different clues of a text, in the order in which each came last.
 *
 * @param known ids of findings that a text may name
 */
export function readClues(text: string, known: ReadonlySet<string>): readonly Clue[] {
  const end = text.slice(-MAX_CHARS).replaceAll(COLOUR, '');
  const found = new Map<string, Clue>();
  const keep = (read: Read, from: string): void => {
    const key = `${read.kind} ${read.word}`;
    if (!found.has(key) && found.size < MAX_CLUES) found.set(key, { ...read, text: from.trim().slice(0, MAX_SHOWN) });
  };
  const lines = end.split('\n').slice(-MAX_LINES);
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = (lines[at] ?? '').slice(0, MAX_LINE).trim();
    if (line !== '') for (const read of ofLine(line, known).toReversed()) keep(read, line);
  }
  const document = ofDocument(end);
  return [...document, ...[...found.values()].reverse()];
}

/** The findings behind all clues: what many clues and early places speak for comes first. */
export function likely(clues: readonly Clue[]): readonly FindingId[] {
  const weight = new Map<FindingId, number>();
  for (const { ids } of clues) {
    ids.forEach((id, index) => weight.set(id, (weight.get(id) ?? 0) + 1 / (index + 1)));
  }
  return [...weight].toSorted(([, a], [, b]) => b - a).map(([id]) => id);
}

/** `netdatacli aclk-state`, with or without `json`, or the info document, in the middle of whatever was pasted. */
function ofDocument(text: string): readonly Clue[] {
  const open = text.indexOf('{');
  const json = open === -1 ? null : text.slice(open, text.lastIndexOf('}') + 1);
  const documents = json === null ? [] : [readAclkState(json), readInfoDocument(json)];
  const fields = documents.find((read) => read.ok && read.fields.status !== null) ?? null;
  const read = fields?.ok === true ? fields.fields : null;
  const status = read?.status ?? readAclkText(text);
  const state = STATES.find((known) => known === status);
  if (state === undefined) return [];
  const { meaning, ids } = BY_STATE[state];
  const shown = { text: '', versions: null };
  const reason = read?.reason ?? null;
  const row = reason === null || reason === '' ? null : readReason(reason);
  return [
    { kind: 'state', word: state, meaning, ids, ...shown },
    ...(row === null || reason === null ? [] : [{ ...ofReason(row, reason), text: reason.slice(0, MAX_SHOWN) }]),
  ];
}

function ofLine(line: string, known: ReadonlySet<string>): readonly Read[] {
  return ofWords(line) ?? ofCode(line) ?? ofForeign(line) ?? ofLog(line) ?? ofIds(line, known);
}

/** The reason itself, or behind what a log puts in front of it. */
function ofWords(line: string): readonly Read[] | null {
  const message = /\bmsg="((?:[^"\\]|\\.)*)/.exec(line)?.[1]?.replace(/\\(["\\])/g, '$1');
  const bare = (message ?? line).replace(/^"(.*)"$/, '$1');
  for (const said of [bare, behindPrefix(bare)]) {
    const row = said === null ? null : readReason(said);
    if (row !== null && said !== null) return [ofReason(row, said)];
  }
  const texts = new Set([bare, behindPrefix(bare)].map((said) => said?.toLowerCase()));
  const exit = Object.entries(CLAIM_EXITS).find(([, { text }]) => texts.has(text.toLowerCase()));
  return exit === undefined ? null : [ofClaimExit(Number(exit[0]))].filter((read) => read !== null);
}

const behindPrefix = (line: string): string | null =>
  /\b(?:ACLK connection status: |CLAIM: |following error message: ?"?|"?(?:reason|status)"?\s*[:=]\s*"?)([^"]+)"?,?$/.exec(
    line,
  )?.[1] ?? null;

function ofReason(row: StatusRow, said: string): Read {
  const text = row.texts.find((each) => each.text.toLowerCase() === said.trim().toLowerCase());
  const versions =
    text === undefined
      ? null
      : text.before === null
        ? `${text.since} and newer`
        : `${text.since} to before ${text.before}`;
  return { kind: 'reason', word: row.kind, meaning: row.meaning, versions, ids: BY_REASON[row.kind] };
}

/** What a proxy answered, behind libcurl's code for it. */
const TUNNEL_STATUS = /\bHTTP code (\d{3}) from proxy\b|\bCONNECT tunnel failed, response (\d{3})\b/i;
const CURL_CODE =
  /\bcurl: \((\d{1,3})\)|\b(?:curl|return) (?:(?:error|exit|return) )?code:? ?(\d{1,3})\b|\bcurl (\d{1,3})$/i;
const WGET_CODE = /\bwget\b.{0,30}?\b(?:exit|return|code|status)\b\D{0,12}?(\d{1,3})\b/i;
const EXIT_CODE = /\bexit(?:ed)?(?: with)?(?: (?:code|status))?:? ?(\d{1,3})\b/i;
const HTTP_STATUS =
  /\bHTTP\/\d(?:\.\d)? (\d{3})\b|\bHTTP (?:status |code |response |error )*:? ?(\d{3})\b|\b(?:HTTP code|response code|error code|status(?: code)?)[: ]+(\d{3})\b|\(got (\d{3})\)|^(\d{3})(?: [A-Z][A-Za-z -]{1,40})?$/i;

const CERTIFICATE = 60;

function ofCode(line: string): readonly Read[] | null {
  const first = (pattern: RegExp): number | null => {
    const digits = pattern
      .exec(line)
      ?.slice(1)
      .find((group) => group !== undefined);
    return digits === undefined ? null : Number(digits);
  };
  const tunnel = first(TUNNEL_STATUS);
  if (tunnel !== null) return orNull([ofStatus(tunnel)]);
  const curl = first(CURL_CODE);
  // Of a certificate libcurl's words say more than its code.
  if (curl === CERTIFICATE) return ofForeign(line) ?? orNull([ofCurl(curl)]);
  if (curl !== null) return orNull([ofCurl(curl)]);
  const wget = first(WGET_CODE);
  if (wget !== null) return orNull([ofWget(wget)]);
  const status = first(HTTP_STATUS);
  if (status !== null) return orNull([ofStatus(status)]);
  const exit = first(EXIT_CODE);
  // Whose exit code it is, the words do not say.
  if (exit !== null) return orNull([ofClaimExit(exit), ofCurl(exit)]);
  return null;
}

function orNull(reads: readonly (Read | null)[]): readonly Read[] | null {
  const found = reads.filter((read) => read !== null);
  return found.length === 0 ? null : found;
}

function ofCurl(code: number): Read | null {
  const kind = CURL[code];
  if (kind === undefined) return null;
  const meaning = STATUS_WORDS.find((row) => row.kind === kind)?.meaning ?? null;
  return { kind: 'curl_code', word: String(code), meaning, versions: null, ids: BY_REASON[kind] };
}

function ofWget(code: number): Read | null {
  const row = WGET[code];
  return row === undefined ? null : { kind: 'foreign', word: `wget ${String(code)}`, versions: null, ...row };
}

function ofClaimExit(code: number): Read | null {
  const exit = CLAIM_EXITS[code];
  if (exit === undefined) return null;
  const { meaning, ids } = exit;
  return { kind: 'claim_exit', word: String(code), meaning, versions: 'up to 1.47.5', ids };
}

function ofStatus(code: number): Read | null {
  const status = ofHttp(code);
  if (status === null) return null;
  return { kind: 'http_status', word: String(code), meaning: status.meaning, versions: null, ids: status.ids };
}

function ofForeign(line: string): readonly Read[] | null {
  const row = FOREIGN.find(([pattern]) => pattern.test(line));
  if (row === undefined) return null;
  const [, meaning, ids] = row;
  return [{ kind: 'foreign', word: meaning, meaning, versions: null, ids }];
}

function ofLog(line: string): readonly Read[] | null {
  const read = readLogLine(line);
  if (read === null) return null;
  return [{ kind: 'log_line', word: read.kind, meaning: null, versions: null, ids: BY_LOG[read.kind] }];
}

function ofIds(line: string, known: ReadonlySet<string>): readonly Read[] {
  return [...new Set(line.match(/\b[a-z]+\.[a-z0-9_]+\b/g))]
    .filter((id): id is FindingId => known.has(id))
    .map((id) => ({ kind: 'finding', word: id, meaning: null, versions: null, ids: [id] }));
}
