/** The service itself answers badly: claim refusals, /env documents that cannot be used, error documents, authentication. */
import { UsageError } from '../../model/errors.js';
import { jsonAnswer, type HttpAnswer, type HttpRequest } from '../http/message.js';
import { errorAnswer } from '../service/documents.js';
import { type FaultDefinition, type FaultEffect, faultsOf } from './fault.js';
import { choiceParameter, numberParameter } from './parameters.js';

const env = faultsOf('service', ['app']);
const auth = faultsOf('service', ['api']);

/** Keys that are required (docs/reference/agent.md#env-document). */
const ENV_KEYS = ['authEndpoint', 'encoding', 'transports', 'backoff', 'capabilities'] as const;
/** docs/reference/agent.md#claim-results: keys of a refused claim that the Agent knows. */
const CLAIM_ERRORS = [
  'ErrInvalidNodeID',
  'ErrInvalidNodeName',
  'ErrInvalidRoomID',
  'ErrInvalidPublicKey',
  'ErrOther',
] as const;

function onPath(matches: (request: HttpRequest) => boolean, answer: HttpAnswer): FaultEffect {
  return { http: (request) => (matches(request) ? answer : null) };
}

const isEnv = (request: HttpRequest): boolean => request.path.split('?')[0] === '/api/v1/env';
const isClaim = (request: HttpRequest): boolean => request.path.includes('/api/v1/spaces/nodes/');
const isChallenge = (request: HttpRequest): boolean => request.path.endsWith('/challenge');
const isPassword = (request: HttpRequest): boolean => request.path.endsWith('/password');

function envWith(changes: Readonly<Record<string, unknown>>): FaultEffect {
  return { env: (document) => ({ ...document, ...changes }) };
}

/** The endpoint of the first transport, to bend it. */
function firstEndpoint(document: Readonly<Record<string, unknown>>): string {
  const transports = document['transports'];
  const first: unknown = Array.isArray(transports) ? transports[0] : null;
  return typeof first === 'object' && first !== null && 'endpoint' in first ? String(first.endpoint) : '';
}

export const SERVICE_FAULTS: readonly FaultDefinition[] = [
  env('env_error', '/env answers this status with an error document', { meaning: 'status', default: '503' }, (text) =>
    onPath(
      isEnv,
      errorAnswer(numberParameter('env_error', text, 400, 599), {
        code: 'SERVICE_UNAVAILABLE',
        key: 'ErrServiceUnavailable',
        message: 'the service is not available',
      }),
    ),
  ),
  env('env_banned', '/env tells the Agent never to come back', () =>
    onPath(
      isEnv,
      errorAnswer(403, { code: 'BANNED', key: 'ErrBanned', message: 'this node is banned', nonRetryable: true }),
    ),
  ),
  env('env_retry_later', '/env asks for a pause of this many seconds', { meaning: 'seconds', default: '300' }, (text) =>
    onPath(
      isEnv,
      errorAnswer(429, {
        code: 'TOO_MANY',
        key: 'ErrTooManyRequests',
        message: 'come back later',
        retryDelaySeconds: numberParameter('env_retry_later', text, 1, 86_400),
      }),
    ),
  ),
  env('env_empty', '/env answers 200 with nothing', () => ({ env: () => '' })),
  env('env_html', '/env answers 200 with a page', () => ({
    env: () => '<!DOCTYPE html><html><head><title>App</title></head><body></body></html>',
  })),
  env('env_invalid_json', '/env is broken JSON', () => ({ env: () => '{"authEndpoint": "htt' })),
  env('env_missing', '/env lacks a required key', { meaning: ENV_KEYS.join(', '), default: 'transports' }, (text) => {
    const key = choiceParameter('env_missing', text, ENV_KEYS);
    return { env: (document) => Object.fromEntries(Object.entries(document).filter(([name]) => name !== key)) };
  }),
  env('env_json_encoding', '/env wants JSON instead of protobuf', () => envWith({ encoding: 'json' })),
  env('env_no_proto', '/env lists no proto capability', () => envWith({ capabilities: ['ctx'] })),
  env('env_backoff', '/env has back-off values out of range', () =>
    envWith({ backoff: { base: 99, maxSeconds: 5, minSeconds: -1 } }),
  ),
  env('env_no_transports', '/env lists no transport', () => envWith({ transports: [] })),
  env('env_mqtt3_only', '/env offers MQTT 3 only', () => ({
    env: (document) => ({ ...document, transports: [{ type: 'MQTTv3', endpoint: firstEndpoint(document) }] }),
  })),
  env('env_unknown_transport_first', '/env lists an unknown transport before MQTT 5', () => ({
    env: (document) => ({
      ...document,
      transports: [
        { type: 'QUIC', endpoint: firstEndpoint(document) },
        { type: 'MQTTv5', endpoint: firstEndpoint(document) },
      ],
    }),
  })),
  env('env_endpoint_without_port', '/env gives the MQTT endpoint without a port', () => ({
    env: (document) => ({
      ...document,
      transports: [{ type: 'MQTTv5', endpoint: firstEndpoint(document).replace(/:\d+\//, '/') }],
    }),
  })),
  env('env_bad_auth_endpoint', '/env gives an authEndpoint without a scheme', () =>
    envWith({ authEndpoint: 'api.netdata.cloud' }),
  ),
  env('env_repeated_key', '/env repeats a key', () => ({
    env: (document) => JSON.stringify(document).replace(/}$/, ',"encoding":"proto"}'),
  })),
  env('env_unknown_keys', '/env has keys nobody knows (healthy)', () =>
    envWith({ region: 'eu-1', features: { a: 1 } }),
  ),
  env('claim_status', 'The claim is answered with this status', { meaning: 'status', default: '500' }, (text) =>
    onPath(isClaim, jsonAnswer(numberParameter('claim_status', text, 200, 599), {})),
  ),
  env(
    'claim_422',
    'The claim is refused with an error key',
    { meaning: CLAIM_ERRORS.join(', '), default: 'ErrInvalidRoomID' },
    (text) =>
      onPath(
        isClaim,
        jsonAnswer(422, { errorMsgKey: choiceParameter('claim_422', text, CLAIM_ERRORS), errorMessage: 'refused' }),
      ),
  ),
  auth(
    'challenge_error',
    'The challenge is answered with this status and an error document',
    { meaning: 'status', default: '404' },
    (text) =>
      onPath(
        isChallenge,
        errorAnswer(numberParameter('challenge_error', text, 400, 599), {
          code: 'NOT_FOUND',
          key: 'ErrNodeNotFound',
          message: 'no such node',
        }),
      ),
  ),
  auth('challenge_invalid', 'The challenge is too short', () =>
    onPath(isChallenge, jsonAnswer(200, { challenge: 'c2hvcnQ=' })),
  ),
  auth(
    'password_error',
    'The password call is answered with this status and an error document',
    { meaning: 'status', default: '403' },
    (text) => {
      const status = numberParameter('password_error', text, 200, 599);
      if (status === 201) throw new UsageError('fault password_error: 201 is no error');
      return onPath(
        isPassword,
        errorAnswer(status, { code: 'FORBIDDEN', key: 'ErrWrongAnswer', message: 'the answer is wrong' }),
      );
    },
  ),
];
