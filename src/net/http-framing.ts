/**
 * Where an HTTP/1 answer ends (RFC 9112 §6). Only that: bytes are kept as they came, within caps, and the Agent's own
 * reading is done from them elsewhere. Lenient on purpose; what it cannot frame, it reads until the connection closes.
 */
import { endOfHead, headerOf, looksLikeHttp, readHead, type HttpHead } from './http-head.js';

export const MAX_HEAD = 64 * 1024;
export const KEPT_BODY = 64 * 1024;
/** Bodies are counted beyond what is kept, but not for ever. */
export const MAX_BODY = 1024 * 1024;

type AnswerEnd = 'length' | 'chunked' | 'no_body';
export type Framing =
  | { readonly state: 'reading' }
  | { readonly state: 'done'; readonly endedBy: AnswerEnd }
  /** Not HTTP, or chunks that cannot be read. */
  | { readonly state: 'malformed'; readonly why: string }
  | { readonly state: 'too_large'; readonly what: 'head' | 'body' };

const READING: Framing = { state: 'reading' };

/** Whether a CR that came before and the LF that comes now are one line end. */
export function splitsLineEnd(before: Buffer, bytes: Buffer): boolean {
  return before.at(-1) === 0x0d && bytes[0] === 0x0a;
}

/** Feeds on bytes as they come. */
export class AnswerReader {
  /** The final head; interim 1xx heads are in `rawHead` too, but not here. */
  head: HttpHead | null = null;
  bodyBytes = 0;
  /** Line ends of the heads whose CR and LF came apart. */
  lineEndSplits = 0;
  #buffer = Buffer.alloc(0);
  #headBytes = 0;
  #interimBytes = 0;
  readonly #body: Buffer[] = [];
  #kept = 0;
  #chunks: ChunkCounter | null = null;
  #length: number | null = null;
  readonly #method: string;

  constructor(method: string) {
    this.#method = method;
  }

  /** As received up to and including the blank line, interim heads first; everything so far while there is none. */
  get rawHead(): string {
    return this.#buffer.subarray(0, this.head === null ? MAX_HEAD : this.#headBytes).toString('latin1');
  }

  get rawBody(): string {
    return Buffer.concat(this.#body).toString('latin1');
  }

  /** True when nothing but the end of the connection ends this answer. */
  get untilClose(): boolean {
    return this.head !== null && this.#chunks === null && this.#length === null && !this.#bodyless();
  }

  feed(bytes: Buffer): Framing {
    if (this.head !== null) return this.#feedBody(bytes);
    const before = this.#buffer.length;
    if (splitsLineEnd(this.#buffer, bytes)) this.lineEndSplits += 1;
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    if (!looksLikeHttp(this.#buffer)) return { state: 'malformed', why: 'the answer does not begin with HTTP/' };
    let searchFrom = Math.max(this.#interimBytes, before - 3);
    for (;;) {
      const end = endOfHead(this.#buffer, searchFrom);
      if (end === -1) break;
      const head = readHead(this.#buffer.subarray(this.#interimBytes, end).toString('latin1'));
      if (head === null) return { state: 'malformed', why: 'the status line cannot be read' };
      if (head.status < 200 && head.status !== 101) {
        this.#interimBytes = end;
        searchFrom = end;
        continue;
      }
      if (end > MAX_HEAD) break;
      this.#begin(head, end);
      return this.#feedBody(this.#takeBehindHead());
    }
    return this.#buffer.length > MAX_HEAD ? { state: 'too_large', what: 'head' } : READING;
  }

  #begin(head: HttpHead, end: number): void {
    this.head = head;
    this.#headBytes = end;
    const coding = headerOf(head.headers, 'transfer-encoding');
    const length = headerOf(head.headers, 'content-length');
    if (coding !== null && /(?:^|,)\s*chunked\s*$/i.test(coding)) this.#chunks = new ChunkCounter();
    else if (length !== null && /^\d{1,15}$/.test(length)) this.#length = Number(length);
  }

  #takeBehindHead(): Buffer {
    const behind = this.#buffer.subarray(this.#headBytes);
    this.#buffer = this.#buffer.subarray(0, this.#headBytes);
    return behind;
  }

  #bodyless(): boolean {
    const status = this.head?.status ?? 0;
    return this.#method === 'HEAD' || status === 204 || status === 304 || status === 101;
  }

  #feedBody(bytes: Buffer): Framing {
    if (this.#bodyless()) return { state: 'done', endedBy: 'no_body' };
    this.bodyBytes += bytes.length;
    const keep = bytes.subarray(0, KEPT_BODY - this.#kept);
    if (keep.length > 0) {
      // A copy: a slice would keep the whole read buffer alive.
      this.#body.push(Buffer.from(keep));
      this.#kept += keep.length;
    }
    if (this.#chunks !== null) {
      const state = this.#chunks.feed(bytes);
      if (state === 'done') return { state: 'done', endedBy: 'chunked' };
      if (state === 'malformed') return { state: 'malformed', why: 'a chunk size cannot be read' };
    } else if (this.#length !== null && this.bodyBytes >= this.#length) {
      return { state: 'done', endedBy: 'length' };
    }
    return this.bodyBytes > MAX_BODY ? { state: 'too_large', what: 'body' } : READING;
  }
}

const MAX_SIZE_LINE = 1024;

/** Finds the end of a chunked body without decoding it. */
class ChunkCounter {
  #left = 0;
  #line = '';
  #expect: 'size' | 'data' | 'data_end' | 'trailer' = 'size';

  feed(bytes: Buffer): 'more' | 'done' | 'malformed' {
    for (let at = 0; at < bytes.length;) {
      if (this.#expect === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#expect = 'data_end';
        continue;
      }
      const lf = bytes.indexOf(0x0a, at);
      this.#line += bytes.subarray(at, lf === -1 ? bytes.length : lf).toString('latin1');
      if (this.#line.length > MAX_SIZE_LINE) return 'malformed';
      if (lf === -1) return 'more';
      at = lf + 1;
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      const next = this.#endOfLine(line);
      if (next !== 'more') return next;
    }
    return 'more';
  }

  #endOfLine(line: string): 'more' | 'done' | 'malformed' {
    if (this.#expect === 'trailer') return line === '' ? 'done' : 'more';
    if (this.#expect === 'data_end') {
      this.#expect = 'size';
      return line === '' ? 'more' : 'malformed';
    }
    const size = /^\s*([0-9a-f]{1,12})\s*(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) return 'malformed';
    this.#left = Number.parseInt(size, 16);
    this.#expect = this.#left === 0 ? 'trailer' : 'data';
    return 'more';
  }
}
