import { member, readJson, stringMember, type Json } from './json.js';
import { refused, type Refused } from './result.js';

export type EnvDocumentRule =
  | 'env.not_json'
  | 'env.not_object'
  | 'env.key_type'
  | 'env.auth_endpoint_missing'
  | 'env.encoding_missing'
  | 'env.transports_missing'
  | 'env.backoff_invalid'
  | 'env.encoding_not_proto'
  | 'env.no_proto_capability'
  | 'env.transport_unreadable'
  | 'env.no_mqtt5_transport'
  | 'env.no_mqtt3_transport';

interface EnvBackoff {
  readonly base: number;
  readonly maxSeconds: number | null;
  readonly minSeconds: number | null;
}

export type EnvDocument =
  | {
      readonly ok: true;
      readonly authEndpoint: string;
      /** Endpoint of the transport that is taken. */
      readonly linkEndpoint: string;
      readonly backoff: EnvBackoff;
    }
  | Refused<EnvDocumentRule>;

/** Which transport a version takes. */
export interface TransportRules {
  readonly transportType: 'MQTTv3' | 'MQTTv5';
  /** `entry_0`: once one of the type is there, the first of the list is used, whatever its type. */
  readonly transportChoice: 'first_of_type' | 'entry_0';
}

const NEWEST: TransportRules = { transportType: 'MQTTv5', transportChoice: 'first_of_type' };

const TYPES: readonly (readonly [string, Json['type']])[] = [
  ['authEndpoint', 'string'],
  ['encoding', 'string'],
  ['transports', 'array'],
  ['backoff', 'object'],
  ['capabilities', 'array'],
];

/**
 * Reads the document of GET /api/v1/env as the Agent does (docs/reference/agent.md#env-document), including what it
 * checks right afterwards: encoding `proto`, capability `proto`, an MQTTv5 transport. The endpoints are URLs, not yet
 * read.
 *
 * @param body latin1
 * @param rules which transport this version takes; default: the first for MQTT 5
 */
export function parseEnvDocument(body: string, rules: TransportRules = NEWEST): EnvDocument {
  const json = readJson(body);
  if (json === null) return refused('env.not_json', body.trimStart().split('\n', 1)[0] ?? null);
  if (json.type !== 'object') return refused('env.not_object', body);
  for (const [key, type] of TYPES) {
    const value = member(json, key);
    if (value !== null && value.type !== type) return refused('env.key_type', `${key} is no ${type}`);
  }
  const backoff = readBackoff(member(json, 'backoff'));
  if (typeof backoff === 'string') return refused('env.backoff_invalid', backoff);
  const capabilities = items(member(json, 'capabilities'));
  if (capabilities.some((item) => item.type !== 'string')) return refused('env.key_type', 'a capability is no string');

  const transports = items(member(json, 'transports'));
  if (transports.length === 0) return refused('env.transports_missing');
  const authEndpoint = stringMember(json, 'authEndpoint');
  if (authEndpoint === null) return refused('env.auth_endpoint_missing');
  const encoding = stringMember(json, 'encoding');
  if (encoding !== 'proto' && encoding !== 'json') return refused('env.encoding_missing', encoding);
  if (backoff === null) return refused('env.backoff_invalid', 'backoff is missing');

  if (encoding !== 'proto') return refused('env.encoding_not_proto', encoding);
  const proto = capabilities.some((item) => item.type === 'string' && item.value.toLowerCase() === 'proto');
  if (!proto) return refused('env.no_proto_capability');
  const link = chosen(transports, rules);
  return link.ok ? { ok: true, authEndpoint, linkEndpoint: link.endpoint, backoff } : link;
}

/**
 * Transports are read in order until one is not understood. That does not fail the document, but what lies behind is
 * empty, and choosing a transport trips over the first empty place before an MQTTv5 one.
 */
function chosen(
  transports: readonly Json[],
  { transportType, transportChoice }: TransportRules,
): { readonly ok: true; readonly endpoint: string } | Refused<EnvDocumentRule> {
  for (const transport of transports) {
    const type = stringMember(transport, 'type');
    const endpoint = stringMember(transport, 'endpoint');
    if (endpoint === null || (type !== 'MQTTv3' && type !== 'MQTTv5')) {
      return refused('env.transport_unreadable', type ?? 'a transport without type or endpoint');
    }
    if (type !== transportType) continue;
    const first = transportChoice === 'entry_0' ? stringMember(transports[0] ?? transport, 'endpoint') : null;
    return { ok: true, endpoint: first ?? endpoint };
  }
  return refused(transportType === 'MQTTv5' ? 'env.no_mqtt5_transport' : 'env.no_mqtt3_transport');
}

/** Null = absent; a string = the reason why it is refused. */
function readBackoff(json: Json | null): EnvBackoff | string | null {
  if (json === null) return null;
  const base = bounded(json, 'base', 1, 10);
  const maxSeconds = bounded(json, 'maxSeconds', 500, 2 ** 31 - 1);
  const minSeconds = bounded(json, 'minSeconds', 0, 2 ** 31 - 1);
  for (const value of [base, maxSeconds, minSeconds]) if (typeof value === 'string') return value;
  if (typeof base !== 'number') return 'base is missing';
  return {
    base,
    maxSeconds: typeof maxSeconds === 'number' ? maxSeconds : null,
    minSeconds: typeof minSeconds === 'number' ? minSeconds : null,
  };
}

function bounded(json: Json, key: string, least: number, most: number): number | string | null {
  const value = member(json, key);
  if (value === null) return null;
  if (value.type !== 'int') return `${key} is no integer`;
  // Larger numbers are cut to 32 bits when they are read.
  const cut = Math.min(value.value, 2 ** 31 - 1);
  return cut < least || cut > most ? `${key} is out of range: ${String(value.value)}` : cut;
}

function items(json: Json | null): readonly Json[] {
  return json?.type === 'array' ? json.items : [];
}
