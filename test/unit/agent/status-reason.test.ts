import { describe, expect, it } from 'vitest';
import { readAclkState, readInfoDocument } from '../../../src/agent/parse/agent-status.js';
import { leavesReasonStale, readReason, reasonText } from '../../../src/agent/words/status-reason.js';
import type { ReasonKind } from '../../../src/agent/words/status-kinds.js';
import { STATUS_WORDS } from '../../../src/agent/words/status-words.js';

describe('what a reason means', () => {
  it.each<[string, ReasonKind]>([
    ['Agent is not claimed yet', 'not_claimed'],
    ['Failed: token is expired, not found, or invalid', 'claim_token_refused'],
    ['Failed: agent is already claimed', 'claim_already_claimed'],
    ['Failed: one or more room ids are invalid', 'claim_room_invalid'],
    ["Failed with description 'ErrSomethingNew'", 'claim_refused_otherwise'],
    ['Failed with an empty response, code 422', 'claim_refused_otherwise'],
    ['Failed with a response code 422', 'claim_refused_otherwise'],
    ['Failed with response code 302', 'claim_unexpected_status'],
    ['Failed: Gateway Timeout', 'claim_cloud_error'],
    ['Failed: Netdata Cloud is unavailable', 'claim_cloud_error'],
    ['Failed to save claiming info to disk', 'claim_not_saved'],
    ['Cannot write private key file: /var/lib/netdata/cloud.d/private.pem', 'claim_key_not_made'],
    ["Request failed with error: Couldn't resolve host name", 'claim_unresolvable'],
    ['Request failed with error: Could not resolve hostname', 'claim_unresolvable'],
    ["Request failed with error: Couldn't resolve proxy name (proxy is set to 'env')", 'claim_proxy_unresolvable'],
    ["Request failed with error: Timeout was reached\nproxy: 'env',\ninsecure: false,", 'claim_timeout'],
    ['Request failed with error: SSL peer certificate or SSH remote key was not OK', 'claim_untrusted'],
    ['Request failed with error: Problem with the SSL CA cert (path? access rights?)', 'claim_no_ca_file'],
    ['Request failed with error: something that libcurl will say one day', 'claim_failed_otherwise'],
    ['Request failed: response body exceeded 10485760 bytes', 'claim_answer_too_long'],
    ['otp challenge decryption failed', 'key_mismatch'],
    ['disconnected, ping timed out', 'cut_ping_timeout'],
    ['disconnected, no I/O progress on a ready socket', 'cut_no_progress'],
    ['proxy did not return http/200', 'proxy_refused'],
    ['proxy negotiation failed', 'proxy_refused'],
    ['env_endpoint_unreachable', 'env_unreachable'],
    ['invalid_otp', 'login_failed'],
    ['none', 'never_tried'],
    ['TIMEOUT', 'timeout'],
    ["Couldn't resolve host name", 'claim_unresolvable'],
    ['SSL connect error', 'claim_tls_failed'],
    ['CLAIM: Failed: agent is already claimed', 'claim_already_claimed'],
    ['Netdata Cloud, ACLK connection status: otp challenge decryption failed', 'key_mismatch'],
  ])('%j', (reason, kind) => {
    expect(readReason(reason)?.kind).toBe(kind);
  });

  it('takes nothing for a reason that none of them is', () => {
    for (const text of ['', ' ', 'some sentence', 'Failed', 'disconnected, for a reason of tomorrow', 'x'.repeat(1e5)])
      expect(readReason(text)).toBeNull();
  });

  it('every text of the table is read as its own row, so no two rows share one', () => {
    for (const { kind, texts } of STATUS_WORDS)
      for (const { text } of texts) expect([text, readReason(text)?.kind]).toEqual([text, kind]);
    expect(new Set(STATUS_WORDS.map(({ kind }) => kind)).size).toBe(STATUS_WORDS.length);
  });
});

describe('what a version would say', () => {
  it.each<[ReasonKind, string, string | null]>([
    ['proxy_refused', '2.11.0', 'proxy negotiation failed'],
    ['proxy_refused', '2.9.0', 'proxy did not return http/200'],
    ['proxy_refused', '2.2.0', null],
    ['env_not_200', '2.11.0', '/env response code is not 200'],
    ['env_not_200', '2.0.3', 'env_response_not_200'],
    ['env_unreachable', '2.0.3', 'env_endpoint_unreachable'],
    ['env_unreachable', '2.2.1', null],
    ['never_tried', '2.2.0', 'none'],
    ['never_tried', '2.2.1', 'offline'],
    ['cut_no_connack', '2.11.0', null],
    ['cut_no_connack', '2.11.1', null],
    ['cut_no_connack', '2.11.0-47-nightly', null],
    ['cut_no_connack', '2.11.0-48-nightly', 'disconnected, timed out waiting for CONNACK'],
    ['untrusted', '2.11.0', 'invalid SSL certification'],
    ['untrusted', '2.11.0-22-nightly', 'TLS certificate verification failed'],
    ['claim_token_refused', '1.47.5', null],
    ['env_not_200', '1.40.1', null],
  ])('%s of %s', (kind, version, text) => {
    expect(reasonText(kind, version)).toBe(text);
  });

  it.each([
    ['2.10.3', true],
    ['2.11.0', true],
    ['2.11.1', true],
    ['2.11.0-47-nightly', true],
    ['2.11.0-48-nightly', false],
    ['2.12.0', false],
  ])('%s leaves the reason alone when the last step fails: %j', (version, stale) => {
    expect(leavesReasonStale(version)).toBe(stale);
  });
});

describe('what a status document may hold', () => {
  const reasonIn = (reason: unknown, status = 'available') => {
    const read = readInfoDocument(JSON.stringify({ agents: [{ cloud: { id: 1, status, reason } }] }));
    return read.ok ? read.fields : null;
  };

  it('of a claim that failed behind a proxy, the first line, without the login', () => {
    const said = "Request failed with error: Timeout was reached (proxy is set to 'http://u:s3cret@proxy:3128')";
    expect(reasonIn(said)?.reason).toBe(
      "Request failed with error: Timeout was reached (proxy is set to 'http://[hidden]@proxy:3128')",
    );
    const lines =
      "Request failed with error: Timeout was reached\nproxy: 'http://u:s3cret@proxy:3128',\ninsecure: false";
    expect(reasonIn(lines)?.reason).toBe('Request failed with error: Timeout was reached');
  });

  it('the status words of the releases before 2, and of those that say connecting', () => {
    expect(reasonIn('disabled', 'unavailable')?.status).toBe('unavailable');
    expect(reasonIn('disabled', 'disabled')?.status).toBe('disabled');
    expect(reasonIn('', 'connecting')?.status).toBe('online');
  });

  it('a build without cloud', () => {
    expect(readAclkState('{"aclk-available":false}')).toMatchObject({ ok: true, fields: { status: 'unavailable' } });
  });

  it.each([
    ['cut in the middle', '{"agents":[{"cloud":{"status":"avail'],
    ['a list', '[1,2]'],
    ['nested too deep', '['.repeat(100_000)],
    ['of other types', '{"agents":{"cloud":5}}'],
  ])('a document that is %s is refused, and nothing is thrown', (_what, text) => {
    expect(readInfoDocument(text).ok).toBe(false);
  });
});
