import type { EnvEndpoints, LegEndpoint } from '../../model/planned.js';
import { readUrlAsLink } from '../url.js';
import { parseEnvDocument, type EnvDocument, type TransportRules } from '../parse/env-document.js';
import { parseHttpsResponse } from '../parse/https-response.js';

/**
 * Reads the next hosts out of a raw answer to /env. A little more lenient than the Agent, so that the next hosts can
 * be looked at even where the Agent would stop: null only when there is no such document.
 */
export function readEnvEndpoints(rawHead: string, rawBody: string, rules?: TransportRules): EnvEndpoints | null {
  const answer = parseHttpsResponse(rawHead + rawBody, {
    headerWithoutSeparatorIsSafe: true,
    closedAfterMs: null,
  });
  const document = parseEnvDocument(answer.ok && answer.body !== null ? answer.body : rawBody, rules);
  if (!document.ok) return null;
  const { auth, link } = endpointsOf(document);
  return { auth: connectable(auth), link: connectable(link) };
}

/** As the Agent reads them: null = no URL for it, port 0 = connecting will be refused. */
export function endpointsOf(document: Extract<EnvDocument, { ok: true }>): EnvEndpoints {
  return { auth: readEndpoint(document.authEndpoint), link: readEndpoint(document.linkEndpoint) };
}

const connectable = (endpoint: LegEndpoint | null): LegEndpoint | null => (endpoint?.port === 0 ? null : endpoint);

/** docs/reference/agent.md#base-url; port 0 = none given and none known for the scheme. */
function readEndpoint(url: string): LegEndpoint | null {
  const reading = readUrlAsLink(url);
  if (reading.kind === 'unusable' || reading.problems.includes('userinfo')) return null;
  return { host: reading.host, port: reading.port, path: reading.path };
}
