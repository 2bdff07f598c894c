/** Cuts text that comes in pieces into lines. */
export class LineReader {
  #rest = '';
  readonly #line: (text: string) => void;

  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    // A line without end is none of a ruleset's.
    this.#rest = (lines.pop() ?? '').slice(0, 1_000_000);
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }
}
