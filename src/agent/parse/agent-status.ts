import type { ReadAgentStatusObservation } from '../../model/observation.js';
import { maskUrl } from '../mask.js';
import { readReason } from '../words/status-reason.js';

/** What a status source tells, without the frame of an observation. */
type AgentStatusFields = Pick<
  ReadAgentStatusObservation,
  'source' | 'status' | 'reason' | 'proxy' | 'nextAttemptAt' | 'reconnectCount' | 'version'
>;

export type AgentStatus =
  | { readonly ok: true; readonly fields: AgentStatusFields }
  | { readonly ok: false; readonly rule: 'status.too_large' | 'status.not_json' | 'status.no_agent' };

/** Parsed documents are at most this long; a real one has a few hundred KiB at most. */
const MAX_CHARS = 4 * 1024 * 1024;
const TEXT_MAX = 200;
const STATUSES = new Set(['available', 'offline', 'online', 'indirect', 'banned', 'disabled', 'unavailable']);
/** Given by 2.2.4 to 2.3.1 between the connection and the first data: the link is up. */
const UP = 'connecting';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads GET /api/v3/info or /api/v2/info: `agents[0].cloud` (docs/reference/agent.md#info-document). Any input is safe.
 */
export function readInfoDocument(text: string): AgentStatus {
  const document = parse(text);
  if (!document.ok) return document;
  const agents = document.value['agents'];
  const agent = Array.isArray(agents) ? record(agents[0]) : null;
  const cloud = record(agent?.['cloud']);
  if (agent === null || cloud === null) return { ok: false, rule: 'status.no_agent' };
  const status = word(cloud['status']);
  return {
    ok: true,
    fields: {
      source: 'api_v3_info',
      status: statusOf(status, cloud),
      reason: reasonOf(cloud['reason']),
      proxy: null,
      nextAttemptAt: nextCheck(cloud),
      reconnectCount: count(cloud['id']),
      version: versionOf(agent),
    },
  };
}

/** Up to 1.47.5 a claimed Agent without a link is `available` too, unless its cloud.conf has `enabled = yes`. */
function statusOf(said: string | null, cloud: Fields): string | null {
  if (said === UP) return 'online';
  // Those versions have no reasons for a claim.
  const isOfClaim = readReason(reasonOf(cloud['reason']) ?? '')?.step === 'claim';
  if (said === 'available' && !isOfClaim && (word(cloud['claim_id']) ?? '') !== '') return 'offline';
  return said !== null && STATUSES.has(said) ? said : null;
}

/** Reads `netdatacli aclk-state json` or GET /api/v1/aclk (docs/reference/agent.md#aclk-state). Any input is safe. */
export function readAclkState(text: string): AgentStatus {
  const document = parse(text.slice(Math.max(0, text.indexOf('{')), text.lastIndexOf('}') + 1));
  if (!document.ok) return document;
  const state = document.value;
  if (state['aclk-available'] === false) return { ok: true, fields: { ...EMPTY_STATE, status: 'unavailable' } };
  if (typeof state['agent-claimed'] !== 'boolean' && typeof state['online'] !== 'boolean') {
    return { ok: false, rule: 'status.no_agent' };
  }
  return {
    ok: true,
    fields: {
      source: 'netdatacli',
      status: aclkStatus(state),
      reason: null,
      proxy: maskedProxy(word(state['aclk_proxy'])),
      nextAttemptAt: utcTime(state['next-connection-attempt-utc']),
      reconnectCount: count(state['reconnect-count']),
      version: null,
    },
  };
}

/** The status that `netdatacli aclk-state` without `json` comes to; null for another text. */
export function readAclkText(text: string): string | null {
  const said = (key: string): boolean | undefined => {
    const word = new RegExp(`^${key}: (Yes|No)\\s*$`, 'im').exec(text)?.[1]?.toLowerCase();
    return word === undefined ? undefined : word === 'yes';
  };
  if (said('ACLK Available') === false) return 'unavailable';
  return aclkStatus({
    'banned-by-cloud': said('Banned By Cloud'),
    online: said('Online'),
    'agent-claimed': said('Claimed'),
  });
}

/** A build without cloud says nothing else. */
const EMPTY_STATE = {
  source: 'netdatacli',
  reason: null,
  proxy: null,
  nextAttemptAt: null,
  reconnectCount: null,
  version: null,
} as const;

/**
 * The first line of a reason: what follows are the settings of the claim, which the doctor reads itself. Its login, in
 * the releases that put the proxy into that line, ends here.
 */
function reasonOf(value: unknown): string | null {
  const text = typeof value === 'string' ? (value.split('\n')[0] ?? '') : null;
  const open = text?.replace(/(proxy is set to ')(.*?)('\)?)$/, (_all, before: string, proxy: string, after: string) =>
    [before, proxy === 'env' || proxy === 'none' ? proxy : maskUrl(proxy), after].join(''),
  );
  return word(open?.trim());
}

/**
 * The proxy in `aclk_proxy`, which reads `none` or `<scheme>host:port (with credentials, from <source>)`: scheme, host
 * and port in lower case, `none` for no proxy, null when it is of another form.
 */
export function readEffectiveProxy(text: string): string | null {
  const value = text.trim().toLowerCase();
  if (value === 'none' || value === '') return 'none';
  const match = /^(http|socks5h?):\/\/(?:[^@\s]*@)?([^\s/@]+):(\d{1,5})\/?(?:\s|$)/.exec(value);
  return match === null ? null : `${match[1] ?? ''}://${match[2] ?? ''}:${match[3] ?? ''}`;
}

function aclkStatus(state: Fields): string | null {
  if (state['banned-by-cloud'] === true) return 'banned';
  if (state['online'] === true) return 'online';
  if (state['agent-claimed'] === false) return 'available';
  return state['online'] === false ? 'offline' : null;
}

/** No version prints credentials here; should one do so, they end with this process. */
function maskedProxy(text: string | null): string | null {
  return text?.replace(/\/\/[^@\s]*@/, '//***@') ?? null;
}

/** `next_check` is a time, `next_in` the seconds until then; either may be missing. */
function nextCheck(cloud: Fields): string | null {
  const next = cloud['next_check'];
  if (typeof next === 'number' && Number.isFinite(next) && next > 0) return isoTime(next * 1000);
  return utcTime(next);
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, or an ISO time. */
function utcTime(value: unknown): string | null {
  const text = word(value);
  if (text === null) return null;
  const plain = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)?$/.exec(text);
  return plain === null ? null : isoTime(Date.parse(`${plain[1] ?? ''}T${plain[2] ?? ''}Z`));
}

function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The build information has moved between versions; any of its places will do. */
function versionOf(agent: Fields): string | null {
  const application = record(agent['application']);
  const places = [
    record(application?.['package'])?.['version'],
    application?.['version'],
    agent['v'],
    agent['version'],
  ];
  return places.map((value) => version(value)).find((text) => text !== null) ?? null;
}

function version(value: unknown): string | null {
  const text = word(value);
  return text !== null && /^v?\d+\.\d+/.test(text) ? text.replace(/^v/, '') : null;
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function word(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : null;
}

function record(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function parse(
  text: string,
): { ok: true; value: Fields } | { ok: false; rule: 'status.too_large' | 'status.not_json' } {
  if (text.length > MAX_CHARS) return { ok: false, rule: 'status.too_large' };
  try {
    const value = record(JSON.parse(text));
    return value === null ? { ok: false, rule: 'status.not_json' } : { ok: true, value };
  } catch {
    return { ok: false, rule: 'status.not_json' };
  }
}
