/**
 * Showing settings without their secrets. Everything here errs on the side of hiding: a text is shown only as far
 * as it is known to be harmless.
 */
export const HIDDEN = '[hidden]';

const MAX_SHOWN = 200;

/** Control characters would garble a line; the renderers escape again, this keeps the text one line. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd').slice(0, MAX_SHOWN);
}

/** A scheme as far as it can be one: nothing that could be a password in front of `://`. */
const SCHEME = /^\s*[A-Za-z][A-Za-z0-9+.-]{0,15}:\/\//;
const HOST_AND_PORT = /^(?<host>\[[0-9A-Fa-f:.]*\]?|[^\s:/?#@[\]]*)(?<rest>.*)$/s;

/**
 * A URL or proxy value with its credentials hidden, also in malformed ones: whatever stands before the last `@`,
 * and whatever follows the host without being a port (`http://user:secret` lacks a host but not a secret).
 */
export function maskUrl(value: string): string {
  const scheme = SCHEME.exec(value)?.[0] ?? '';
  let rest = value.slice(scheme.length);
  let shown = scheme;
  const at = rest.lastIndexOf('@');
  if (at >= 0) {
    shown += `${HIDDEN}@`;
    rest = rest.slice(at + 1);
  }
  const { host = '', rest: tail = '' } = HOST_AND_PORT.exec(rest)?.groups ?? {};
  shown += host;
  if (tail === '') return oneLine(shown);
  const port = /^:\d{0,5}(?=$|[/?#\s])/.exec(tail)?.[0];
  if (port === undefined && tail.startsWith(':')) return oneLine(`${shown}:${HIDDEN}`);
  shown += port ?? '';
  const after = tail.slice(port?.length ?? 0);
  // A bare slash is telling (docs/reference/agent.md#link-proxy-parsing); a longer path may hold anything.
  if (after === '' || after === '/') return oneLine(shown + after);
  return oneLine(`${shown}${after.charAt(0)}…`);
}

/** A base URL with its path, which is no secret; credentials, query and fragment are hidden. */
export function maskBaseUrl(value: string): string {
  const path = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#@\s]*(?<path>\/[A-Za-z0-9._~/-]*)$/.exec(value)?.groups?.['path'];
  return path === undefined ? maskUrl(value) : oneLine(value);
}

/** Keys whose values are never secret. Everything else is hidden, also what only looks like a known key. */
const PLAIN_KEYS = new Set([
  'insecure',
  'enabled',
  'config',
  'lib',
  'cloud.d',
  'stock config',
  'config directory',
  'lib directory',
  'scope',
  'query threads',
  'query thread count',
  'statistics',
  'mqtt5',
  'conversation log',
]);

/** Shows the value of a key: urls without credentials, harmless settings as they are, anything else hidden. */
export function maskValue(key: string, value: string): string {
  if (value === '') return '';
  if (key === 'proxy' || /(^|_)proxy$/i.test(key)) return value === 'env' || value === 'none' ? value : maskUrl(value);
  if (key === 'url' || key === 'cloud base url' || key === 'NETDATA_CLAIM_URL') return maskBaseUrl(value);
  return PLAIN_KEYS.has(key) ? oneLine(value) : HIDDEN;
}

/** Words that may be shown where a line is not what it should be: nothing else is known to be harmless. */
const KNOWN_WORDS = new Set([...PLAIN_KEYS, 'url', 'token', 'rooms', 'proxy', 'global', 'cloud', 'directories']);

function maskName(name: string): string {
  const bare = name.replace(/^[;"'\ufeff[\s]+|["'\]\s]+$/g, '');
  const isName = /^[A-Za-z][A-Za-z_ .]{0,24}$/.test(bare);
  return isName && KNOWN_WORDS.has(bare.toLowerCase().replace(/_/g, ' ')) ? oneLine(name) : HIDDEN;
}

/** One line of a configuration file for a message. */
export function maskLine(line: string): string {
  const text = line.trim();
  if (/^\ufeff?\[[A-Za-z0-9 _.-]{0,40}\]$/.test(text)) return text.replace('\ufeff', '');
  const equals = text.indexOf('=');
  if (equals < 0) {
    const [word = '', ...more] = text.split(/[\s:]+/);
    return more.length === 0 ? maskName(word) : `${maskName(word)} …`;
  }
  const key = text.slice(0, equals).trim();
  const value = text.slice(equals + 1).trim();
  // What follows a would-be comment is free text.
  const comment = /\s[#;]/.exec(value);
  const shown = maskValue(key, comment === null ? value : value.slice(0, comment.index));
  return `${maskName(key)} = ${shown}${comment === null ? '' : ` ${comment[0].trim()} …`}`;
}
