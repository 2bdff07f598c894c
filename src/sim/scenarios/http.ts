/** Somebody else answers, or the Agent cannot read the answer (docs/reference/agent.md#https-response, #seen-10). */
import { bothFail, faulty, linkFails, type Expectation, type Scenario } from './scenario.js';

const CANNOT_PARSE = linkFails('http.agent_cannot_parse');

/** The claim takes what the link's parser refuses. */
function unreadable(fault: string, title: string, expect: Expectation = CANNOT_PARSE): Scenario {
  return faulty(fault.replace('=', '_'), title, [fault], expect);
}

/** Nobody but the cloud can answer under its own certificate: a filter opens TLS first, with a CA that this host trusts. */
function filtered(
  id: string,
  title: string,
  fault: string,
  expect: Expectation = bothFail('http.blocked_page'),
): Scenario {
  return { ...faulty(id, title, [fault, 'intercepted=corporate'], expect), trustInterceptor: ['claim', 'link'] };
}

export const HTTP_SCENARIOS: readonly Scenario[] = [
  faulty('portal_redirect', 'A captive portal redirects', ['portal_redirect'], bothFail('http.captive_portal')),
  faulty('portal_page', 'A captive portal answers with its page', ['portal_page'], bothFail('http.captive_portal')),
  filtered('blocked_page', 'A web filter answers 403', '403_page'),
  filtered('blocked_page_squid', 'A squid that opens TLS answers 403', '403_page=squid'),
  filtered('blocked_page_hostile', 'A block page with escape codes and markup', '403_page=hostile'),
  filtered('blocked_page_api', 'A web filter answers 403 for api', '403_page:api', linkFails('http.blocked_page')),
  faulty(
    'front_page_403',
    "A page with 403 under the cloud's own certificate: from its front, no filter here",
    ['403_page'],
    bothFail('cloud.error'),
  ),
  faulty('page_200', 'A filter answers 200 with a page', ['200_page'], bothFail('http.blocked_page')),
  faulty('env_error', '/env answers 503 with an error document', ['env_error=503'], linkFails('cloud.error')),
  faulty(
    'agent_shape_blocked',
    'Only browser-like requests pass',
    ['agent_shape_blocked'],
    bothFail('http.filtered_by_shape'),
  ),
  unreadable('http_1_0', 'HTTP/1.0 answers'),
  unreadable('status_without_space', 'Nothing behind the status code'),
  unreadable('long_header', 'A header value of 1024 bytes'),
  unreadable('no_space_after_colon', 'A header without a space behind the colon'),
  unreadable('empty_header_value', 'A header with nothing behind the colon'),
  unreadable('folded_header', 'A folded header'),
  unreadable('close_delimited', 'A body that ends with the connection'),
  unreadable('chunked_capital', 'Transfer-Encoding: Chunked'),
  unreadable('chunk_trailers', 'Trailers behind the chunks'),
  unreadable('interim_103', '103 before the answer'),
  unreadable('lf_only', 'LF line ends'),
  unreadable('large_body', 'A body of 20 kB with a length'),
  unreadable('close_at_once', 'FIN in the same breath as the answer', {
    claim: 'will_work',
    link: 'at_risk',
    cause: 'http.closed_with_answer',
  }),
  unreadable('env_html', '/env is a page', linkFails('http.unexpected_answer')),
  unreadable('env_empty', '/env is empty', linkFails('http.unexpected_answer')),
  unreadable('env_invalid_json', '/env is broken JSON', linkFails('http.unexpected_answer')),
  unreadable('env_missing', '/env lacks its transports', linkFails('http.unexpected_answer')),
  unreadable('env_json_encoding', '/env wants JSON messages', linkFails('http.unexpected_answer')),
  unreadable(
    'env_endpoint_without_port',
    '/env gives the MQTT endpoint without a port',
    linkFails('http.unexpected_answer'),
  ),
];
