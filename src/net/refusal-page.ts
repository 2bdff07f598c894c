/** The page behind a refusal, for its title and vendor. */
import { headerOf, type HttpHead } from './http-head.js';
import type { Wire } from './socket.js';

/** As much of it is kept, bytes. */
export const MAX_EXCERPT = 4 * 1024;
/** Worth waiting for only briefly, ms: the refusal itself is already known. */
export const PAGE_WAIT_MS = 250;

/** @param begun what came together with the head */
export async function readRefusalPage(wire: Wire, begun: Buffer, head: HttpHead): Promise<Buffer> {
  let page = begun;
  const length = Number(headerOf(head.headers, 'content-length') ?? Number.POSITIVE_INFINITY);
  const until = performance.now() + PAGE_WAIT_MS;
  while (page.length < Math.min(length, MAX_EXCERPT)) {
    const arrival = await wire.next(until - performance.now());
    if (arrival.kind !== 'bytes') break;
    page = Buffer.concat([page, arrival.bytes]);
  }
  return page;
}
