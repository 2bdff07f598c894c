/**
 * Foreign text made harmless, at the moment it is shown. Nothing here changes data: a saved run keeps what the
 * wire said, every renderer passes it through one of these functions.
 */

/** Control, format (bidi, zero width, tags), surrogate, private use, unassigned; line and paragraph separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
/** Spaces other than U+0020: indistinguishable on a screen, so shown as what they look like. */
const ODD_SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
/** More than two combining marks on one letter only serve to overflow a line. */
const MARK_PILE = /(\p{M}{2})\p{M}+/gu;
/** Our own typography, for terminals without Unicode. */
const ASCII_FOR: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '→': '->',
  '×': 'x',
  '·': '-',
  '≥': '>=',
  '≤': '<=',
  '≈': '~',
};

function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Makes every invisible or direction-changing character visible (`\x1b`, `\u{202e}`), on one line. */
export function showInvisible(text: string): string {
  return text.replace(ODD_SPACE, ' ').replace(MARK_PILE, '$1').replace(INVISIBLE, visible);
}

/** Cuts to `max` characters (code points) and says how many are missing. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text.slice(0, (max + 1) * 2));
  if (points.length <= max) return text;
  const tail = `…(+${text.length - points.slice(0, max).join('').length})`;
  return points.slice(0, Math.max(0, max - tail.length)).join('') + tail;
}

/** One harmless line for a terminal, at most `max` characters long. */
export function safeText(text: string, max = 500): string {
  if (text.length <= max) return cut(showInvisible(text), max);
  // Escape no more than can be shown, so that a megabyte costs nothing; the count is of the original.
  const head = Array.from(text.slice(0, max * 2))
    .slice(0, max)
    .join('');
  const tail = `…(+${text.length - head.length})`;
  return (
    Array.from(showInvisible(head))
      .slice(0, Math.max(0, max - tail.length))
      .join('') + tail
  );
}

/** For terminals that cannot show Unicode: typography transliterated, everything else escaped. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e\n]/gu, (char) => ASCII_FOR[char] ?? visible(char));
}

/** Characters that mean something to CommonMark, GitHub or Jira, each behind a backslash or an entity. */
export function safeMarkdown(text: string, max = 500): string {
  return (
    safeText(text, max)
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/[\\`*_{}[\]()#+!|~^]/g, '\\$&')
      .replace(/^([-=])/u, '\\$1')
      .replace(/^(\d+)\.(?=\s|$)/u, '$1\\.')
      // No mention of a stranger, no link that a peer chose: a zero-width entity breaks both.
      .replace(/@(?=\w)/g, '@&#8203;')
      .replace(/:\/\//g, ':&#8203;//')
  );
}

/** Text inside a Markdown code span or block; backticks cannot end it because the fence is chosen longer. */
export function markdownFence(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), (run) => run[0].length));
  return '`'.repeat(longest + 1);
}

const XML_FOR: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For XML and HTML text and quoted attributes. Invisible characters (many illegal in XML 1.0) become visible. */
export function safeXml(text: string, max = 4000): string {
  return safeText(text, max).replace(/[&<>"']/g, (char) => XML_FOR[char] ?? char);
}

/** Where the run stands inside the HTML form, so that it can be read back. */
export const EMBEDDED_RUN = '<script type="application/json" id="run">';

/**
 * JSON whose text is harmless on a terminal too: JSON.stringify leaves C1 controls, bidi and other invisible
 * characters as they are. Parses back to the same value.
 */
export function safeJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** JSON that may stand inside a `<script>` element or an HTML comment. */
export function jsonForScript(value: unknown): string {
  return safeJson(value).replace(/</g, '\\u003c').replace(/>/g, '\\u003e').replace(/&/g, '\\u0026');
}
