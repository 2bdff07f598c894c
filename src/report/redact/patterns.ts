/**
 * Secrets that nobody told us about, recognised by where they stand: credentials in URLs, authorization headers,
 * cookies, `token = …`, private keys, ids of claimed nodes, home directories, and the names that filters know us by.
 */
import { type Replacer, mask } from './secret-values.js';

interface PatternRule {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Names of the parts to keep around the hidden one: groups `before` and `after`. */
  readonly onlyIf?: (hidden: string) => boolean;
  /** In bytes of a peer only: our own sentences have such words, too. */
  readonly foreign?: true;
}

const UUID = '[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}';

/** `user:password` in base64, as the Basic scheme wants it (RFC 7617). */
function looksBasic(token: string): boolean {
  try {
    const decoded = atob(token.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
    return /^[^\p{Cc}]*:[^\p{Cc}]*$/u.test(decoded);
  } catch {
    return false;
  }
}

/** Hidden already, or the placeholder of a printed remedy, which is nobody's login in exactly this spelling. */
const isMasked = (text: string): boolean => /^\[hidden|^\*+$|^\[credentials|^USER:PASSWORD$/.test(text.trim());

const RULES: readonly PatternRule[] = [
  {
    kind: 'private key',
    pattern: /(?<before>)(?<hidden>-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))/g,
  },
  {
    kind: 'credentials in URL',
    pattern: /(?<before>\b[a-z][a-z0-9+.-]{0,20}:\/\/)(?<hidden>[^\s/@"'<>]+)(?=@)/gi,
  },
  {
    // A password with an unescaped slash; `host:443/path@x` is none.
    kind: 'credentials in URL',
    pattern: /(?<before>\b[a-z][a-z0-9+.-]{0,20}:\/\/)(?<hidden>[^\s/:@"'<>]+:(?!\d{1,5}\/)[^\s@"'<>]{0,256})(?=@)/gi,
  },
  {
    kind: 'credentials in URL',
    pattern: /(?<before>(?<![\w@/.%+-]))(?<hidden>[\w.%+-]{1,64}:[^\s@/"'<>:]{1,128})(?=@[\w[])/g,
  },
  {
    kind: 'authorization header',
    pattern:
      /(?<before>\b(?:proxy-)?authorization[ \t]*:[ \t]*(?:(?:basic|bearer|digest|ntlm|negotiate)[ \t]+)?)(?<hidden>[^\r\n]+)/gi,
  },
  { kind: 'cookie', pattern: /(?<before>\b(?:set-)?cookie2?[ \t]*:[ \t]*)(?<hidden>[^\r\n]+)/gi },
  {
    kind: 'authorization header',
    pattern: /(?<before>\bBasic[ \t]+)(?<hidden>[A-Za-z0-9+/_-]{4,}={0,2})/gi,
    onlyIf: looksBasic,
  },
  {
    kind: 'token',
    pattern: /(?<before>\bBearer[ \t]+)(?<hidden>[A-Za-z0-9+/=._~-]{12,})/gi,
    onlyIf: (hidden) => /\d/.test(hidden),
  },
  {
    kind: 'authorization header',
    pattern: /(?<before>\b(?:NTLM|Negotiate)[ \t]+)(?<hidden>(?:TlRMTVNT|YI)[A-Za-z0-9+/=]{8,})/g,
  },
  { kind: 'token', pattern: /(?<before>)(?<hidden>\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*)/g },
  {
    kind: 'token or password',
    pattern:
      /(?<before>\b(?:[\w-]{0,30}[_-])?(?:token|passwd|password|secret|api[-_ ]?key|access[-_ ]?key)["']?[ \t]*[=:][ \t]*)(?<hidden>"[^"\r\n]*"|'[^'\r\n]*'|[^\s&,;"'}]+)/gi,
  },
  {
    // A line that somebody got wrong: no sign between the name and the value.
    kind: 'token or password',
    pattern: /(?<before>\b(?:token|passwd|password|secret)["']?[ \t]+["']?)(?<hidden>[A-Za-z0-9_.~+/-]{20,})/gi,
    onlyIf: (hidden) => /\d/.test(hidden) && /[a-z]/i.test(hidden),
  },
  {
    // What a claim token looks like, wherever it stands.
    kind: 'token',
    pattern: /(?<before>(?<![A-Za-z0-9_+/=-]))(?<hidden>[A-Za-z0-9_-]{120,160}(?![A-Za-z0-9_+/=-]))/g,
    onlyIf: (hidden) => /\d/.test(hidden) && /[a-z]/.test(hidden) && /[A-Z]/.test(hidden),
  },
  {
    // `X-Authenticated-User: CORP\joe`, as filters tell the next one.
    kind: 'user name',
    pattern:
      /(?<before>(?:^|[\r\n])[A-Za-z0-9-]{0,40}(?:-user|username)(?:-?name|-?id)?[ \t]*:[ \t]*)(?<hidden>[^\r\n]+)/gi,
  },
  {
    // `<td>Username:</td><td>JOE</td>` on the page of a filter.
    kind: 'user name',
    pattern:
      /(?<before>\b(?:user(?: ?name| ?id)?|login(?: ?name)?|account(?: ?name)?)["']?[ \t]*[:=][ \t]*(?:<[^<>]{0,80}>[ \t\r\n]*){0,6}["']?)(?<hidden>[^\s<>"'&,;]{2,64})/gi,
    foreign: true,
  },
  {
    kind: 'node id',
    pattern: new RegExp(
      `(?<before>\\b(?:claim(?:ed)?[-_ ]?id|machine[-_ ]?guid|mguid|node[-_ ]?id)["']?[ \\t]*[:= ][ \\t]*["']?)(?<hidden>${UUID})`,
      'gi',
    ),
  },
  { kind: 'user name', pattern: /(?<before>(?:\/home|\/Users|\\Users)[/\\])(?<hidden>[^\s/\\:"'<>]+)/g },
];

/** A header of these names is hidden whole, but for the scheme word. */
const SECRET_HEADER =
  /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$|(?:^|-)(?:token|api-key|secret|user(?:-?name|-?id)?)$/i;

export const patternReplacer: Replacer = (text, fit, removed) => {
  let out = text;
  for (const { kind, pattern, onlyIf, foreign } of RULES) {
    if (foreign === true && !fit) continue;
    out = out.replace(pattern, (...args: unknown[]) => {
      const whole = args[0] as string;
      const { before, hidden } = args.at(-1) as { before: string; hidden: string };
      if (isMasked(hidden) || onlyIf?.(hidden) === false) return whole;
      removed(kind);
      return before + mask(kind, fit ? hidden.length : null);
    });
  }
  return out;
};

/** One header's value, given its name. */
export function headerValue(name: string, value: string, removed: (kind: string) => void): string {
  if (!SECRET_HEADER.test(name.trim()) || value.includes('[hidden')) return value;
  removed('secret header');
  return mask('secret header', null);
}
