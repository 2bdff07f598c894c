/** PUT /api/v1/spaces/nodes/<uuid>: the claim (docs/reference/agent.md#claim-request, #claim-results). */
import { jsonAnswer, type HttpAnswer, type HttpRequest } from '../http/message.js';
import type { EventFacts } from '../event-log.js';
import type { Nodes } from './nodes.js';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

interface ClaimBody {
  readonly nodeId: string | null;
  readonly hostname: string | null;
  readonly token: string | null;
  readonly rooms: readonly unknown[];
  readonly publicKey: string | null;
}

export function claim(
  request: HttpRequest,
  pathId: string,
  nodes: Nodes,
  log: (event: EventFacts) => void,
): HttpAnswer {
  if (request.method !== 'PUT') {
    return jsonAnswer(405, { errorMsgKey: 'ErrMethodNotAllowed', errorMessage: 'use PUT' });
  }
  const body = readBody(request.body);
  const answer = judge(pathId, body, nodes);
  log({
    type: 'claim',
    claimId: pathId,
    status: answer.status,
    hostname: body?.hostname ?? null,
    rooms: body?.rooms.length ?? 0,
  });
  return answer;
}

function judge(pathId: string, body: ClaimBody | null, nodes: Nodes): HttpAnswer {
  if (body === null) return refusal(400, 'ErrInvalidBody', 'the body is not the expected JSON');
  if (!UUID.test(pathId) || body.nodeId !== pathId) return refusal(422, 'ErrInvalidNodeID', 'invalid node id');
  if (body.hostname === null || body.hostname === '') return refusal(422, 'ErrInvalidNodeName', 'invalid node name');
  // A token that was never given out is answered like one that expired.
  if (body.token === null || !/^\S+$/.test(body.token)) return refusal(403, 'ErrForbidden', 'token not found');
  if (body.rooms.some((room) => typeof room !== 'string' || room === '')) {
    return refusal(422, 'ErrInvalidRoomID', 'invalid room id');
  }
  if (nodes.isClaimed(pathId)) return refusal(409, 'ErrAlreadyClaimed', 'the node is claimed already');
  if (body.publicKey === null || !nodes.claim(pathId, body.publicKey)) {
    return refusal(422, 'ErrInvalidPublicKey', 'invalid public key');
  }
  return { status: 204, headers: [], body: '' };
}

function refusal(status: number, errorMsgKey: string, errorMessage: string): HttpAnswer {
  return jsonAnswer(status, { errorMsgKey, errorMessage });
}

function readBody(bytes: Buffer): ClaimBody | null {
  const document = parseObject(bytes.toString());
  if (document === null) return null;
  const node = isObject(document['node']) ? document['node'] : {};
  return {
    nodeId: text(node['id']),
    hostname: text(node['hostname']),
    token: text(document['token']),
    rooms: Array.isArray(document['rooms']) ? document['rooms'] : [],
    publicKey: text(document['publicKey']),
  };
}

export function parseObject(json: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
