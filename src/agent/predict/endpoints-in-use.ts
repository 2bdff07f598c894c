import type { HttpRoundTripObservation } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import { parseEnvDocument } from '../parse/env-document.js';
import { parseHttpsResponse } from '../parse/https-response.js';
import { endpointsOf } from './endpoints.js';
import type { PredictInput } from './input.js';
import { predictRules } from './rules.js';
import { LegView, type Endpoint } from './view.js';

export interface EndpointInUse extends Endpoint {
  /** The /env answer that named it, or null. */
  readonly namedBy: HttpRoundTripObservation | null;
}

/**
 * Where each leg goes: env and claim to the base URL's host, auth and link to where a genuine /env sends them
 * (docs/reference/agent.md#t18). Without a usable /env the hosts that the facts assume stay in place.
 */
export function endpointsInUse(input: PredictInput): Readonly<Record<Leg, EndpointInUse>> {
  const { claim, env, auth, link } = input.facts.legs;
  const named = envEndpoints(input, env);
  const use = (assumed: Endpoint, endpoint: Endpoint | null = null): EndpointInUse => {
    const { host, port } = endpoint ?? assumed;
    return { host, port, namedBy: endpoint === null ? null : (named?.at ?? null) };
  };
  return { claim: use(claim), env: use(env), auth: use(auth, named?.auth), link: use(link, named?.link) };
}

interface NamedEndpoints {
  readonly auth: Endpoint | null;
  readonly link: Endpoint | null;
  readonly at: HttpRoundTripObservation;
}

function envEndpoints(input: PredictInput, env: Endpoint): NamedEndpoints | null {
  const rules = predictRules(input.facts.version.value);
  for (const { http, tls } of new LegView(input, 'env', env).chains()) {
    if (http === null || tls === null) continue;
    const answer = parseHttpsResponse(http.rawHead + http.rawBody, { ...rules, closedAfterMs: null });
    if (!answer.ok || answer.status !== 200 || answer.body === null) continue;
    const document = parseEnvDocument(answer.body, rules);
    if (document.ok && trusted(input, tls.judgements)) return { ...endpointsOf(document), at: http };
  }
  return null;
}

/** Only a peer that the link would have talked to may say where it goes next. */
function trusted(input: PredictInput, judgements: readonly { storeId: string; trusted: boolean }[]): boolean {
  const { trustStoreId, insecure } = input.facts.legs.env;
  return insecure || judgements.some((judged) => judged.storeId === trustStoreId && judged.trusted);
}
