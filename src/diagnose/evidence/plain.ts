/** Plain-text answers where TLS was expected. */

export function looksLikeHttp(bytes: string): boolean {
  return /^(?:HTTP\/\d|<(?:!doctype|html|head))/iu.test(bytes.trimStart().slice(0, 20));
}

/** First line that a person could read, at most 200 characters; empty if there is none. */
export function serverWords(bytes: string): string {
  const line = bytes.split(/\r?\n/u, 1)[0] ?? '';
  return /^[\x20-\x7e\t]{3,}$/u.test(line.slice(0, 200)) ? line.slice(0, 200) : '';
}

/** Where a plain-text HTTP redirect leads; null if it is none. */
export function plainLocation(bytes: string): string | null {
  if (!/^HTTP\/\d\.\d 3\d\d/u.test(bytes)) return null;
  return /\r?\nlocation:[ \t]*([^\r\n]{1,600})/iu.exec(bytes)?.[1] ?? null;
}
