/**
 * What the Agent wrote to its log about claiming and the link, by lines that its releases have in common
 * (docs/reference/agent.md, docs/reference/versions.md). Secrets are masked before anything is kept.
 */
import type { AgentLogLine } from '../../model/observation.js';
import { HIDDEN, maskUrl } from '../mask.js';

type Row = readonly [
  pattern: RegExp,
  about: AgentLogLine['about'],
  kind: AgentLogLine['kind'],
  outcome: AgentLogLine['outcome'],
];

/** First row that fits. */
const ROWS: readonly Row[] = [
  [
    /\bCLAIM: (?:Found a valid claimed_id|.*successfully)|Setting state to AGENT_CLAIMED/i,
    'claim',
    'claimed',
    'worked',
  ],
  [/\bCLAIM: Unable to find our claimed_id|setting state to AGENT_UNCLAIMED/i, 'claim', 'not_claimed', null],
  [/\bCLAIM: (?:Info|Send|Receive|Reloading|cannot load cloud config)\b/, 'claim', 'claim_step', null],
  [
    /\bCLAIM: |failed to be claimed|claiming command .* failed|Refusing to claim agent/i,
    'claim',
    'claim_failed',
    'failed',
  ],
  [/\bACLK CONNECTED\b|Websocket Connection Accepted By Server/i, 'link', 'connected', 'worked'],
  [/\bACLK DISCONNECTED\b/i, 'link', 'disconnected', 'failed'],
  [/Cannot resolve (?:host|hostname)\b|gethostbyname\(\) error/i, 'link', 'name_not_resolved', 'failed'],
  [/Timed out while connecting to/i, 'link', 'connect_timed_out', 'failed'],
  [
    /(?:SOCKS5?|HTTP|http_)[ _]?proxy\b.*(?:fail|error|timeout|not supported|refused)|proxy did(?:n't| not) return|SOCKS5 proxy is not supported/i,
    'link',
    'proxy_failed',
    'failed',
  ],
  [
    /Failed to connect to '|Error connecting TCP socket to|Could not connect to remote endpoint/i,
    'link',
    'connect_failed',
    'failed',
  ],
  [
    /(?:certificate verify error|verify error:num)|SSL_(?:read|write|connect)\b.*err|SSL_write Err/i,
    'link',
    'tls_failed',
    'failed',
  ],
  [/finished with HTTP code: 2\d\d\b/i, 'link', 'answer_accepted', 'worked'],
  [/finished with HTTP code: \d/i, 'link', 'answer_refused', 'failed'],
  [
    /Missing Key\/Value separator|Missing sec-websocket-accept|Error parsing HTTP|Expected response to start with/i,
    'link',
    'answer_unreadable',
    'failed',
  ],
  [/cannot establish ACLK|private key .*failed/i, 'link', 'key_unusable', 'failed'],
  [/ACLK connection status:/i, 'link', 'status_changed', null],
  [/\bACLK: (?:Attempting|Connecting|connecting)|Attempting connection now/i, 'link', 'connecting', null],
];

const MAX_TEXT = 300;
/** More lines than this tell nothing more. */
const MAX_LINES = 12;
const MAX_LINE = 4000;

function masked(text: string): string {
  return text
    .replace(/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]+/gi, maskUrl)
    .replace(/\b(token|rooms?|id|claimed[_-]?id|machine[_-]?guid|password)(["']?\s*[=:]\s*)[^\s,;]+/gi, `$1$2${HIDDEN}`)
    .replace(/\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b/gi, HIDDEN)
    .replace(/\b[\w+/=-]{64,}/g, HIDDEN)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
    .slice(0, MAX_TEXT);
}

interface Raw {
  readonly at: string | null;
  readonly message: string;
}

function instant(text: string | undefined): string | null {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** `time=… level=… msg="…"` (from 1.44), `2023-05-01 10:00:00: netdata ERROR : THREAD : …` (before), or a bare message. */
function rawOf(line: string): Raw {
  const fields = /^(?:time=(\S+) )?.*?\bmsg="((?:[^"\\]|\\.)*)/.exec(line);
  if (fields !== null) return { at: instant(fields[1]), message: (fields[2] ?? '').replace(/\\(["\\])/g, '$1') };
  const old = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: )?(?:\S+ (?:ERROR|INFO|FATAL)\s*: (?:[\w[\]]+ : )?)?(.*)$/.exec(
    line,
  );
  return { at: null, message: old?.[1] ?? line };
}

function lineOf({ at, message }: Raw): AgentLogLine | null {
  for (const [pattern, about, kind, outcome] of ROWS) {
    if (pattern.test(message)) return { at, about, kind, outcome, text: masked(message) };
  }
  return null;
}

/** Read from the end: what is older than the last few lines that tell is not looked at. */
function lastOf(text: string, read: (line: string) => Raw | null): readonly AgentLogLine[] {
  const found: AgentLogLine[] = [];
  const lines = text.split('\n');
  for (let at = lines.length - 1; at >= 0 && found.length < MAX_LINES; at -= 1) {
    const raw = read(lines[at] ?? '');
    const line = raw === null ? null : lineOf(raw);
    if (line !== null) found.push(line);
  }
  return found.reverse();
}

/** One line of a log file or of `journalctl -o json`; null when it says nothing of claiming or the link. */
export function readLogLine(line: string): AgentLogLine | null {
  const text = line.slice(0, MAX_LINE);
  return lineOf((text.startsWith('{') ? entryOf(text) : null) ?? rawOf(text));
}

/** The last lines about claiming and the link, oldest first, of the end of a log file. */
export function readLogText(text: string): readonly AgentLogLine[] {
  return lastOf(text, (line) => rawOf(line.slice(0, MAX_LINE)));
}

/** The same of `journalctl -o json`: one object a line, `__REALTIME_TIMESTAMP` in microseconds. */
export function readJournal(text: string): readonly AgentLogLine[] {
  return lastOf(text, entryOf);
}

function entryOf(text: string): Raw | null {
  if (text.length === 0 || text.length > 64 * 1024) return null;
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry !== 'object' || entry === null || !('MESSAGE' in entry) || typeof entry.MESSAGE !== 'string')
      return null;
    const micros = '__REALTIME_TIMESTAMP' in entry ? Number(entry.__REALTIME_TIMESTAMP) : Number.NaN;
    const ms = Math.round(micros / 1000);
    const at = Number.isSafeInteger(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : null;
    return { at, message: entry.MESSAGE.slice(0, MAX_LINE) };
  } catch {
    return null;
  }
}
