/** Terminal columns: measuring, padding and wrapping of text that safeText has already made harmless. */

/** East Asian wide and emoji blocks (Unicode TR11), coarse: enough to keep a table straight. */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** Stands for a space that is no place to break; safeText lets no such character through. */
const GLUE = '\u00a0';

/** Columns that `text` takes (no escape codes in it). */
export function columns(text: string): number {
  let total = 0;
  for (const char of text) {
    if (/\p{M}/u.test(char)) continue;
    total += isWide(char.codePointAt(0) ?? 0) ? 2 : 1;
  }
  return total;
}

export function padColumns(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** Breaks a word that alone is wider than a line, preferably behind punctuation. Never returns an empty list. */
function breakWord(word: string, width: number): string[] {
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const char of word) {
    const wide = columns(char);
    if (part !== '' && used + wide > width) {
      const behind = part.search(/[,;/:=.\-_&?][^,;/:=.\-_&?]*$/) + 1;
      const at = behind > part.length / 2 ? behind : part.length;
      parts.push(part.slice(0, at));
      part = part.slice(at);
      used = columns(part);
    }
    part += char;
    used += wide;
  }
  return [...parts, part];
}

/** Wraps prose to `width` columns (at least 20). Never returns an empty list. */
export function wrap(text: string, width: number): string[] {
  const limit = Math.max(20, width);
  const lines: string[] = [];
  let line = '';
  // A number stays with its unit.
  const glued = text.replace(/(\d) (?=(?:ms|s|min|h|bytes)\b)/g, `$1${GLUE}`);
  const words = glued.split(/ +/).flatMap((word) => (columns(word) > limit ? breakWord(word, limit) : [word]));
  for (const word of words) {
    if (line === '') line = word;
    else if (columns(line) + 1 + columns(word) <= limit) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines.map((each) => each.replaceAll(GLUE, ' '));
}
