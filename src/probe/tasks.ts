/** Work under way, side by side: what it starts in turn is waited for, and a crash of one piece costs that piece only. */
export class Tasks {
  readonly #pending = new Set<Promise<void>>();
  readonly #crashes: string[] = [];

  /** A piece that throws is a bug of ours: its own answer is missing, and the report says so. */
  spawn(work: Promise<unknown>): void {
    const tracked = work
      .then(() => undefined)
      .catch((error: unknown) => {
        const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        this.#crashes.push(`a probe: not finished because of a bug of ours (${text.slice(0, 200)})`);
      })
      .finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  async settle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** What crashed, in the words of `Report.notChecked`. */
  get crashes(): readonly string[] {
    return this.#crashes;
  }
}
