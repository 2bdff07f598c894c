import { parseEnvDocument, type EnvDocument } from '../parse/env-document.js';
import { parseHttpsResponse } from '../parse/https-response.js';

export interface LegEndpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Where /env sends the next legs; null where its URL is no URL for the Agent, or none was given. */
export interface EnvEndpoints {
  readonly auth: LegEndpoint | null;
  readonly link: LegEndpoint | null;
}

/**
 * Reads the next hosts out of a raw answer to /env. A little more lenient than the Agent, so that the next hosts can
 * be looked at even where the Agent would stop: null only when there is no such document.
 */
export function readEnvEndpoints(rawHead: string, rawBody: string): EnvEndpoints | null {
  const answer = parseHttpsResponse(rawHead + rawBody, { acceptsEmptyHeaderValue: true, closedAfterMs: null });
  const document = parseEnvDocument(answer.ok && answer.body !== null ? answer.body : rawBody);
  return document.ok ? endpointsOf(document) : null;
}

export function endpointsOf(document: Extract<EnvDocument, { ok: true }>): EnvEndpoints {
  return { auth: readAclkUrl(document.authEndpoint), link: readAclkUrl(document.linkEndpoint) };
}

/** agent-behaviour.md §4.1; port 0 = none given and none known for the scheme. */
function readAclkUrl(url: string): LegEndpoint | null {
  const match = /^([^:]*):\/\/([^/]*)(\/.*)?$/s.exec(url);
  if (match === null) return null;
  const [, scheme = '', authority = '', path = '/'] = match;
  if (authority.includes('@')) return null;
  const colon = authority.lastIndexOf(':');
  const known = scheme === 'https' ? 443 : scheme === 'http' ? 80 : 0;
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const digits = colon < 0 ? '' : authority.slice(colon + 1);
  if (host === '' || (colon >= 0 && (digits === '' || digits.length > 5))) return null;
  const port = Number.parseInt(digits, 10) || known;
  return { host, port, path };
}
