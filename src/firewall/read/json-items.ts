/**
 * Cuts the text of `nft -j list ruleset` (libnftables-json(5)) into its items while it arrives, and the elements of a
 * large set out of its item: the whole is never in memory at once, and no step takes long.
 */

/** Depth of the objects in `{"nftables": […]}`, and of the elements in the `elem` array of a set. */
const ITEM = 2;
const ELEMENTS = 5;
/** Elements are handed over in pieces of about this many characters. */
const PIECE = 16_384;
/** No item but a set's elements is longer. */
const MAX_ITEM = 4_000_000;

export interface ItemSink {
  /** A piece of the elements of the item that is under way, as the inside of a JSON array. */
  readonly elements: (text: string) => void;
  /** An item without the elements that were handed over before. */
  readonly item: (text: string) => void;
}

export class JsonItems {
  readonly #sink: ItemSink;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Text of the item so far, its elements left out. */
  #item = '';
  /** Elements not handed over yet; null = not among elements. */
  #elements: string | null = null;
  #started = false;
  /** The text is not what it should be. */
  broken = false;
  /** The document was closed. */
  complete = false;

  constructor(sink: ItemSink) {
    this.#sink = sink;
  }

  push(chunk: string): void {
    if (this.broken) return;
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const code = chunk.charCodeAt(at);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === 92) this.#escaped = true;
        else if (code === 34) this.#inString = false;
        continue;
      }
      if (code === 34) {
        this.#inString = true;
        continue;
      }
      if (code === 123 || code === 91) {
        this.#depth += 1;
        if (this.#depth === ITEM + 1 && code === 123) {
          this.#item = '';
          from = at;
          this.#started = true;
        } else if (code === 91 && this.#depth === ELEMENTS && this.#atElements(chunk.slice(from, at))) {
          this.#item += chunk.slice(from, at + 1);
          this.#elements = '';
          from = at + 1;
        }
        continue;
      }
      if (code === 44 && this.#elements !== null && this.#depth === ELEMENTS) {
        if (at - from + this.#elements.length < PIECE) continue;
        this.#sink.elements(this.#elements + chunk.slice(from, at));
        this.#elements = '';
        from = at + 1;
        continue;
      }
      if (code !== 125 && code !== 93) continue;
      if (this.#elements !== null && this.#depth === ELEMENTS) {
        const rest = this.#elements + chunk.slice(from, at);
        if (rest.trim() !== '') this.#sink.elements(rest);
        this.#elements = null;
        from = at;
      }
      this.#depth -= 1;
      if (this.#depth === ITEM && this.#started) {
        this.#sink.item(this.#item + chunk.slice(from, at + 1));
        this.#item = '';
        this.#started = false;
        from = at + 1;
      }
      if (this.#depth === 0) this.complete = true;
      if (this.#depth < 0) this.broken = true;
    }
    if (!this.#started) return;
    if (this.#elements !== null) this.#elements += chunk.slice(from);
    else this.#item += chunk.slice(from);
    if (this.#item.length > MAX_ITEM || (this.#elements?.length ?? 0) > MAX_ITEM) this.broken = true;
  }

  /** Whether the array that opens here holds the elements of a set or map. */
  #atElements(more: string): boolean {
    const head = this.#item + more;
    return /"elem"\s*:\s*$/.test(head.slice(-12)) && /^\{\s*"(?:set|map)"/.test(head.slice(0, 16));
  }
}
