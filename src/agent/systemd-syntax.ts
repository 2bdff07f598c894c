/** Syntax of systemd's files, as far as environments need it. Pure. */

/** Name and value. */
export type Assignment = readonly [string, string];

/** Directives of one section, continuation lines joined, comments dropped. */
export function directives(text: string, section: string): { readonly key: string; readonly value: string }[] {
  const found: { key: string; value: string }[] = [];
  let current = '';
  let pending = '';
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) {
      if (pending === '') continue;
      if (line !== '') continue;
    }
    if (line.endsWith('\\')) {
      pending += `${line.slice(0, -1)} `;
      continue;
    }
    const whole = (pending + line).trim();
    pending = '';
    const header = /^\[(.+)\]$/.exec(whole);
    if (header !== null) current = header[1] ?? '';
    const equals = whole.indexOf('=');
    if (header === null && current === section && equals > 0) {
      found.push({ key: whole.slice(0, equals).trim(), value: whole.slice(equals + 1).trim() });
    }
  }
  return found;
}

/** Splits `A=1 "B=two words" 'C=x'`; backslash escapes as in systemd.syntax(7); `%%` is a percent sign. */
export function splitAssignments(text: string): readonly Assignment[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '\\' && index + 1 < text.length && quote !== "'") {
      const next = text.charAt(index + 1);
      word = (word ?? '') + ({ n: '\n', t: '\t', s: ' ' }[next] ?? next);
      index += 1;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return words.flatMap((entry) => {
    const equals = entry.indexOf('=');
    return equals > 0 ? [[entry.slice(0, equals), entry.slice(equals + 1).replaceAll('%%', '%')] as Assignment] : [];
  });
}

/** An EnvironmentFile: shell-like assignments, no expansion. */
export function parseEnvironmentFile(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  for (const raw of text.replace(/\\\n/g, '').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const equals = line.indexOf('=');
    const name = line.slice(0, equals).trim();
    if (equals <= 0 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    const value = line.slice(equals + 1).trim();
    const quoted = /^(["'])(?<inner>.*)\1$/s.exec(value)?.groups?.['inner'];
    found.push([name, quoted ?? value.replace(/\\(.)/g, '$1')]);
  }
  return found;
}
