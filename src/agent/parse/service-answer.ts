import { parseEnvDocument } from './env-document.js';
import { parseErrorDocument } from './error-document.js';
import { readJson, stringMember } from './json.js';

/**
 * Whose answer this is, by its form.
 * - `env_document`, `error_document`: only the service's API answers so.
 * - `api`: an API could answer so (JSON, or a bare 404, 405, …).
 * - `page`: HTML; `page_not_found`: HTML with 404; `redirect`; `proxy`: 407 or 511; `server_error`: 5xx;
 *   `refused`: 401, 403, 429, 451 without the service's document; `other`.
 */
export type ServiceAnswer =
  | 'env_document'
  | 'error_document'
  | 'api'
  | 'page'
  | 'page_not_found'
  | 'redirect'
  | 'proxy'
  | 'server_error'
  | 'refused'
  | 'other';

/** Statuses with which an API refuses a question it does not know. */
const API_REFUSALS = new Set([400, 404, 405, 406, 410, 415, 422]);
const POLICY_REFUSALS = new Set([401, 403, 429, 451]);

/**
 * Tells the service's own API from a portal, a filter's page or a gateway's error.
 *
 * @param body decoded from chunks, latin1; '' = none
 */
export function readServiceAnswer(status: number, contentType: string | null, body: string): ServiceAnswer {
  if (parseErrorDocument(body).ok) return 'error_document';
  if (status >= 300 && status < 400) return 'redirect';
  if (status === 407 || status === 511) return 'proxy';
  if (looksLikeHtml(contentType, body)) return status === 404 ? 'page_not_found' : 'page';
  if (status >= 500) return 'server_error';
  const json = readJson(body);
  if (status === 200 && (parseEnvDocument(body).ok || stringMember(json, 'authEndpoint') !== null)) {
    return 'env_document';
  }
  if (json?.type === 'object' || json?.type === 'array') return 'api';
  if (POLICY_REFUSALS.has(status)) return 'refused';
  return API_REFUSALS.has(status) ? 'api' : 'other';
}

function looksLikeHtml(contentType: string | null, body: string): boolean {
  const start = body.slice(0, 1024).trimStart();
  // A page is a page even where its header says otherwise, and JSON stays JSON.
  if (start.startsWith('{') || start.startsWith('[')) return false;
  return /^(?:\xef\xbb\xbf)?(?:<!--[^]*?-->\s*)?<(?:!doctype|html|head|body|title|script|meta|\?xml)/i.test(start)
    ? true
    : start !== '' && /^\s*(?:text\/html|application\/xhtml)/i.test(contentType ?? '');
}
