/** The service itself answers badly: claim refusals, /env documents that cannot be used, error documents, authentication. */
import { UsageError } from '../../model/errors.js';
import { jsonAnswer, type HttpAnswer, type HttpRequest } from '../http/message.js';
import { errorAnswer } from '../service/documents.js';
import type { FaultDefinition, FaultEffect } from './fault.js';
import { choiceParameter, numberParameter } from './parameters.js';

const ENV = { layer: 'service', hosts: ['app'], parameter: null } as const;
const AUTH = { layer: 'service', hosts: ['api'], parameter: null } as const;

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
  {
    ...ENV,
    name: 'env_error',
    title: '/env answers this status with an error document',
    parameter: { meaning: 'status', default: '503' },
    effect: (text) =>
      onPath(
        isEnv,
        errorAnswer(numberParameter('env_error', text, 400, 599), {
          code: 'SERVICE_UNAVAILABLE',
          key: 'ErrServiceUnavailable',
          message: 'the service is not available',
        }),
      ),
  },
  {
    ...ENV,
    name: 'env_banned',
    title: '/env tells the Agent never to come back',
    effect: () =>
      onPath(
        isEnv,
        errorAnswer(403, { code: 'BANNED', key: 'ErrBanned', message: 'this node is banned', nonRetryable: true }),
      ),
  },
  {
    ...ENV,
    name: 'env_retry_later',
    title: '/env asks for a pause of this many seconds',
    parameter: { meaning: 'seconds', default: '300' },
    effect: (text) =>
      onPath(
        isEnv,
        errorAnswer(429, {
          code: 'TOO_MANY',
          key: 'ErrTooManyRequests',
          message: 'come back later',
          retryDelaySeconds: numberParameter('env_retry_later', text, 1, 86_400),
        }),
      ),
  },
  { ...ENV, name: 'env_empty', title: '/env answers 200 with nothing', effect: () => ({ env: () => '' }) },
  {
    ...ENV,
    name: 'env_html',
    title: '/env answers 200 with a page',
    effect: () => ({ env: () => '<!DOCTYPE html><html><head><title>App</title></head><body></body></html>' }),
  },
  {
    ...ENV,
    name: 'env_invalid_json',
    title: '/env is broken JSON',
    effect: () => ({ env: () => '{"authEndpoint": "htt' }),
  },
  {
    ...ENV,
    name: 'env_missing',
    title: '/env lacks a required key',
    parameter: { meaning: ENV_KEYS.join(', '), default: 'transports' },
    effect: (text) => {
      const key = choiceParameter('env_missing', text, ENV_KEYS);
      return { env: (document) => Object.fromEntries(Object.entries(document).filter(([name]) => name !== key)) };
    },
  },
  {
    ...ENV,
    name: 'env_json_encoding',
    title: '/env wants JSON instead of protobuf',
    effect: () => envWith({ encoding: 'json' }),
  },
  {
    ...ENV,
    name: 'env_no_proto',
    title: '/env lists no proto capability',
    effect: () => envWith({ capabilities: ['ctx'] }),
  },
  {
    ...ENV,
    name: 'env_backoff',
    title: '/env has back-off values out of range',
    effect: () => envWith({ backoff: { base: 99, maxSeconds: 5, minSeconds: -1 } }),
  },
  {
    ...ENV,
    name: 'env_no_transports',
    title: '/env lists no transport',
    effect: () => envWith({ transports: [] }),
  },
  {
    ...ENV,
    name: 'env_mqtt3_only',
    title: '/env offers MQTT 3 only',
    effect: () => ({
      env: (document) => ({ ...document, transports: [{ type: 'MQTTv3', endpoint: firstEndpoint(document) }] }),
    }),
  },
  {
    ...ENV,
    name: 'env_unknown_transport_first',
    title: '/env lists an unknown transport before MQTT 5',
    effect: () => ({
      env: (document) => ({
        ...document,
        transports: [
          { type: 'QUIC', endpoint: firstEndpoint(document) },
          { type: 'MQTTv5', endpoint: firstEndpoint(document) },
        ],
      }),
    }),
  },
  {
    ...ENV,
    name: 'env_endpoint_without_port',
    title: '/env gives the MQTT endpoint without a port',
    effect: () => ({
      env: (document) => ({
        ...document,
        transports: [{ type: 'MQTTv5', endpoint: firstEndpoint(document).replace(/:\d+\//, '/') }],
      }),
    }),
  },
  {
    ...ENV,
    name: 'env_bad_auth_endpoint',
    title: '/env gives an authEndpoint without a scheme',
    effect: () => envWith({ authEndpoint: 'api.netdata.cloud' }),
  },
  {
    ...ENV,
    name: 'env_repeated_key',
    title: '/env repeats a key',
    effect: () => ({ env: (document) => JSON.stringify(document).replace(/}$/, ',"encoding":"proto"}') }),
  },
  {
    ...ENV,
    name: 'env_unknown_keys',
    title: '/env has keys nobody knows (healthy)',
    effect: () => envWith({ region: 'eu-1', features: { a: 1 } }),
  },
  {
    ...ENV,
    name: 'claim_status',
    title: 'The claim is answered with this status',
    parameter: { meaning: 'status', default: '500' },
    effect: (text) => onPath(isClaim, jsonAnswer(numberParameter('claim_status', text, 200, 599), {})),
  },
  {
    ...ENV,
    name: 'claim_422',
    title: 'The claim is refused with an error key',
    parameter: { meaning: CLAIM_ERRORS.join(', '), default: 'ErrInvalidRoomID' },
    effect: (text) =>
      onPath(
        isClaim,
        jsonAnswer(422, { errorMsgKey: choiceParameter('claim_422', text, CLAIM_ERRORS), errorMessage: 'refused' }),
      ),
  },
  {
    ...AUTH,
    name: 'challenge_error',
    title: 'The challenge is answered with this status and an error document',
    parameter: { meaning: 'status', default: '404' },
    effect: (text) =>
      onPath(
        isChallenge,
        errorAnswer(numberParameter('challenge_error', text, 400, 599), {
          code: 'NOT_FOUND',
          key: 'ErrNodeNotFound',
          message: 'no such node',
        }),
      ),
  },
  {
    ...AUTH,
    name: 'challenge_invalid',
    title: 'The challenge is too short',
    effect: () => onPath(isChallenge, jsonAnswer(200, { challenge: 'c2hvcnQ=' })),
  },
  {
    ...AUTH,
    name: 'password_error',
    title: 'The password call is answered with this status and an error document',
    parameter: { meaning: 'status', default: '403' },
    effect: (text) => {
      const status = numberParameter('password_error', text, 200, 599);
      if (status === 201) throw new UsageError('fault password_error: 201 is no error');
      return onPath(
        isPassword,
        errorAnswer(status, { code: 'FORBIDDEN', key: 'ErrWrongAnswer', message: 'the answer is wrong' }),
      );
    },
  },
];
