/**
 * One stream, either one JSON document (however it is laid out) or NDJSON with one document per line, cut into
 * documents with bounded memory. A stream is NDJSON when its first line is a whole JSON document.
 */

export interface DocumentText {
  /** null = larger than the cap; its text was dropped. */
  readonly text: string | null;
  /** `, line 3` or empty: completes a file name in a message. */
  readonly where: string;
}

const NEWLINE = 0x0a;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Collects bytes up to a cap; beyond it, remembers only that there was too much. */
class Piece {
  #chunks: Buffer[] = [];
  #size = 0;
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  add(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#cap) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  /** The text so far, and an empty piece again. */
  take(): string | null {
    const text = this.#size > this.#cap ? null : Buffer.concat(this.#chunks).toString('utf8');
    this.#chunks = [];
    this.#size = 0;
    return text;
  }
}

async function* lines(input: AsyncIterable<Buffer> | readonly Buffer[], cap: number): AsyncGenerator<string | null> {
  const piece = new Piece(cap);
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE, from); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      piece.add(chunk.subarray(from, at));
      yield piece.take();
      from = at + 1;
    }
    piece.add(chunk.subarray(from));
  }
  yield piece.take();
}

export async function* splitDocuments(
  input: AsyncIterable<Buffer> | readonly Buffer[],
  cap: number,
): AsyncGenerator<DocumentText> {
  let mode: 'unknown' | 'lines' | 'whole' = 'unknown';
  const whole: string[] = [];
  let size = 0;
  let number = 0;
  for await (const line of lines(input, cap)) {
    number += 1;
    if (mode === 'unknown' && line !== '') mode = line === null || isJson(line) ? 'lines' : 'whole';
    if (mode === 'lines') {
      if (line === null || line.trim() !== '') yield { text: line, where: number === 1 ? '' : `, line ${number}` };
      continue;
    }
    size += (line?.length ?? cap) + 1;
    if (line === null || size > cap) whole.length = 0;
    else whole.push(line);
  }
  if (mode === 'whole') yield { text: size > cap ? null : whole.join('\n'), where: '' };
  // An empty input is a document that is none: somebody should hear of it.
  if (mode === 'unknown') yield { text: '', where: '' };
}
