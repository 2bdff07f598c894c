/** What peers did, in order, bounded. */
import type { SimEvent } from './types.js';

/** An event without the fields that the log adds. */
type Distribute<T> = T extends unknown ? Omit<T, 'atMs' | 'remote'> : never;
export type EventFacts = Distribute<SimEvent>;

const MAX_EVENTS = 100_000;

export class EventLog {
  readonly events: SimEvent[] = [];
  readonly #started = performance.now();
  readonly #listeners = new Set<(event: SimEvent) => void>();

  add(remote: string, facts: EventFacts): void {
    const event: SimEvent = { atMs: Math.round(performance.now() - this.#started), remote, ...facts };
    if (this.events.length < MAX_EVENTS) this.events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Returns what stops listening. */
  listen(listener: (event: SimEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async waitFor(type: SimEvent['type'], timeoutMs: number): Promise<SimEvent> {
    const known = this.events.find((event) => event.type === type);
    if (known) return known;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no ${type} within ${timeoutMs} ms`));
      }, timeoutMs);
      const stop = this.listen((event) => {
        if (event.type !== type) return;
        clearTimeout(timer);
        stop();
        resolve(event);
      });
    });
  }
}
