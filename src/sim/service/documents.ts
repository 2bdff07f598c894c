/** The documents of the cloud's API (docs/reference/agent.md#the-clouds-api). */
import { jsonAnswer, type HttpAnswer } from '../http/message.js';

export interface Endpoints {
  /** `https://api.netdata.cloud[:port]/api/v1/auth`. */
  readonly auth: string;
  /** `wss://mqtt.netdata.cloud:port/mqtt`: the port is always there, the Agent knows no default for wss. */
  readonly mqtt: string;
}

/**
 * GET /api/v1/env, docs/reference/agent.md#env-document: everything the Agent asks for, nothing it would stumble over.
 */
export function envDocument(endpoints: Endpoints): Readonly<Record<string, unknown>> {
  return {
    authEndpoint: endpoints.auth,
    encoding: 'proto',
    transports: [{ type: 'MQTTv5', endpoint: endpoints.mqtt }],
    backoff: { base: 2, maxSeconds: 600, minSeconds: 1 },
    capabilities: ['proto', 'ctx'],
  };
}

export interface ServiceError {
  readonly code: string;
  readonly key: string;
  readonly message: string;
  readonly nonRetryable?: boolean;
  readonly retryDelaySeconds?: number;
}

/** docs/reference/agent.md#error-document: any answer of /env, challenge and password that is no success. */
export function errorAnswer(status: number, error: ServiceError): HttpAnswer {
  return jsonAnswer(status, {
    errorCode: error.code,
    errorMsgKey: error.key,
    errorMessage: error.message,
    ...(error.nonRetryable === undefined ? {} : { errorNonRetryable: error.nonRetryable }),
    ...(error.retryDelaySeconds === undefined ? {} : { errorRetryDelaySeconds: error.retryDelaySeconds }),
  });
}

/** docs/reference/agent.md#challenge-and-password: the topic names that the Agent insists on, and the optional one. */
const TOPIC_SUFFIXES: Readonly<Record<string, string>> = {
  chart: 'outbound/chart',
  alarms: 'outbound/alarms',
  meta: 'outbound/meta',
  'inbox-cmd': 'inbound/cmd',
  'agent-connection': 'outbound/connection',
  'inbox-cmd-v1': 'inbound/v1/+',
  'create-node-instance': 'outbound/v1/node/create',
  'node-instance-connection': 'outbound/v1/node/connection',
  'chart-and-dims-updated': 'outbound/v1/chart/dims',
  'chart-configs-updated': 'outbound/v1/chart/configs',
  'reset-charts': 'outbound/v1/chart/reset',
  'chart-retention-updated': 'outbound/v1/chart/retention',
  'node-instance-info': 'outbound/v1/node/info',
  'alarm-log-v2': 'outbound/v1/alarm/log',
  'alarm-checkpoint': 'outbound/v1/alarm/checkpoint',
  'alarm-config': 'outbound/v1/alarm/config',
  'alarm-snapshot-v2': 'outbound/v1/alarm/snapshot',
  'node-instance-collectors': 'outbound/v1/node/collectors',
  'node-instance-manifest': 'outbound/v1/node/manifest',
  'contexts-snapshot': 'outbound/v1/context/snapshot',
  'contexts-updated': 'outbound/v1/context/updated',
};

export function topicList(): readonly { readonly name: string; readonly topic: string }[] {
  return Object.entries(TOPIC_SUFFIXES).map(([name, suffix]) => ({ name, topic: `/agent/#{claim_id}/${suffix}` }));
}

/** The topic of that name for one node. */
export function topicOf(name: string, claimId: string): string {
  return `/agent/${claimId}/${TOPIC_SUFFIXES[name] ?? ''}`;
}
