import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvDocument } from '../../../../src/agent/parse/env-document.js';
import { parseErrorDocument } from '../../../../src/agent/parse/error-document.js';
import { readServiceAnswer } from '../../../../src/agent/parse/service-answer.js';
import { ENV_DOCUMENT, ERROR_DOCUMENT } from '../../../helpers/observations.js';
import { bytes } from './arbitrary.js';

const GOOD = JSON.parse(ENV_DOCUMENT) as Record<string, unknown>;
const MQTT5 = { type: 'MQTTv5', endpoint: 'wss://mqtt.netdata.cloud:443/mqtt' };
const env = (over: Record<string, unknown>) => JSON.stringify({ ...GOOD, ...over });
const read = (body: string) => {
  const result = parseEnvDocument(body);
  return result.ok ? 'ok' : result.rule;
};

describe('/env document (docs/reference/agent.md#env-document)', () => {
  it('names the next hosts', () => {
    expect(parseEnvDocument(ENV_DOCUMENT)).toEqual({
      ok: true,
      authEndpoint: 'https://api.netdata.cloud/agents/v1',
      linkEndpoint: 'wss://mqtt.netdata.cloud:443/mqtt',
      backoff: { base: 2, maxSeconds: 600_000, minSeconds: 1000 },
    });
  });

  it.each([
    ['an unknown key', env({ more: 1 }), 'ok'],
    ['Proto in another case', env({ capabilities: ['PROTO'] }), 'ok'],
    ['MQTTv3 first', env({ transports: [{ type: 'MQTTv3', endpoint: 'x' }, MQTT5] }), 'ok'],
    [
      'an unknown transport behind the one it needs',
      env({ transports: [MQTT5, { type: 'QUIC', endpoint: 'x' }] }),
      'ok',
    ],
    [
      'an unknown transport first',
      env({ transports: [{ type: 'QUIC', endpoint: 'x' }, MQTT5] }),
      'env.transport_unreadable',
    ],
    ['a transport without endpoint', env({ transports: [{ type: 'MQTTv5' }] }), 'env.transport_unreadable'],
    ['only MQTTv3', env({ transports: [{ type: 'MQTTv3', endpoint: 'x' }] }), 'env.no_mqtt5_transport'],
    ['no transports', env({ transports: [] }), 'env.transports_missing'],
    ['transports of another type', env({ transports: {} }), 'env.key_type'],
    ['no authEndpoint', env({ authEndpoint: undefined }), 'env.auth_endpoint_missing'],
    ['authEndpoint of another type', env({ authEndpoint: 5 }), 'env.key_type'],
    ['no encoding', env({ encoding: undefined }), 'env.encoding_missing'],
    ['an unknown encoding', env({ encoding: 'xml' }), 'env.encoding_missing'],
    ['encoding json', env({ encoding: 'json' }), 'env.encoding_not_proto'],
    ['no capabilities', env({ capabilities: [] }), 'env.no_proto_capability'],
    ['capabilities absent', env({ capabilities: undefined }), 'env.no_proto_capability'],
    ['a capability that is no string', env({ capabilities: ['proto', 1] }), 'env.key_type'],
    ['no backoff', env({ backoff: undefined }), 'env.backoff_invalid'],
    ['base 0', env({ backoff: { base: 0, maxSeconds: 500, minSeconds: 0 } }), 'env.backoff_invalid'],
    ['base 11', env({ backoff: { base: 11, maxSeconds: 500, minSeconds: 0 } }), 'env.backoff_invalid'],
    ['maxSeconds 499', env({ backoff: { base: 2, maxSeconds: 499, minSeconds: 0 } }), 'env.backoff_invalid'],
    ['a fraction', env({ backoff: { base: 2.5, maxSeconds: 500, minSeconds: 0 } }), 'env.backoff_invalid'],
    ['base missing', env({ backoff: { maxSeconds: 500, minSeconds: 0 } }), 'env.backoff_invalid'],
    ['only base', env({ backoff: { base: 2 } }), 'ok'],
    ['HTML (docs/reference/agent.md#seen-15)', '<html>blocked</html>', 'env.not_json'],
    ['an array', '[]', 'env.not_object'],
    ['script injected behind it', `${ENV_DOCUMENT}<script></script>`, 'ok'],
  ])('%s', (_what, body, expected) => {
    expect(read(body)).toBe(expected);
  });

  it('is total', () => {
    fc.assert(fc.property(fc.oneof(bytes(), fc.json()), (body) => void parseEnvDocument(body)));
  });
});

describe('error document (docs/reference/agent.md#error-document)', () => {
  const GOOD_ERROR = JSON.parse(ERROR_DOCUMENT) as Record<string, unknown>;
  const error = (over: Record<string, unknown>) => parseErrorDocument(JSON.stringify({ ...GOOD_ERROR, ...over }));

  it('reads all keys', () => {
    expect(error({ errorNonRetryable: true, errorRetryDelaySeconds: 30 })).toMatchObject({
      ok: true,
      errorMsgKey: 'ErrNodeNotFound',
      nonRetryable: true,
      retryDelaySeconds: 30,
    });
  });

  it('ignores both optional keys when one is of another type', () => {
    expect(error({ errorNonRetryable: true, errorRetryDelaySeconds: '30' })).toMatchObject({
      nonRetryable: false,
      retryDelaySeconds: null,
    });
  });

  it.each(['errorCode', 'errorMsgKey', 'errorMessage'])('demands %s', (key) => {
    expect(error({ [key]: undefined })).toMatchObject({ ok: false, rule: 'error.key_missing', line: key });
    expect(error({ [key]: 1 })).toMatchObject({ ok: false, rule: 'error.key_missing', line: key });
  });

  it('is total', () => {
    fc.assert(fc.property(fc.oneof(bytes(), fc.json()), (body) => void parseErrorDocument(body)));
  });
});

describe('whose answer it is', () => {
  const JSON_TYPE = 'application/json';
  const HTML = '<!DOCTYPE html><title>Blocked</title>';
  it.each([
    [200, JSON_TYPE, ENV_DOCUMENT, 'env_document'],
    [404, JSON_TYPE, ERROR_DOCUMENT, 'error_document'],
    [500, JSON_TYPE, ERROR_DOCUMENT, 'error_document'],
    [403, 'text/html', HTML, 'page'],
    [200, 'text/html; charset=utf-8', HTML, 'page'],
    [200, null, '  <HTML>login</HTML>', 'page'],
    [200, null, '<!-- portal --><html>', 'page'],
    [200, 'text/html', 'Please log in', 'page'],
    [404, 'text/html', HTML, 'page_not_found'],
    [302, null, '', 'redirect'],
    [307, 'text/html', HTML, 'redirect'],
    [407, 'text/html', HTML, 'proxy'],
    [511, 'text/html', HTML, 'proxy'],
    [502, 'text/html', HTML, 'page'],
    [503, 'text/plain', 'no healthy upstream', 'server_error'],
    [504, null, '', 'server_error'],
    [403, 'text/plain', 'Access denied', 'refused'],
    [401, null, '', 'refused'],
    [451, null, '', 'refused'],
    [404, 'text/plain', '404 page not found', 'api'],
    [405, null, '', 'api'],
    [404, JSON_TYPE, '{"message":"not found"}', 'api'],
    [403, 'text/html', '{"json":"whatever the header says"}', 'api'],
    [200, 'text/plain', 'OK', 'other'],
    [204, null, '', 'other'],
  ] as const)('%i %s %s: %s', (status, type, body, expected) => {
    expect(readServiceAnswer(status, type, body)).toBe(expected);
  });
});
