/** Every fault by name, and the reader of fault specifications. One file per layer, one line here. */
import { UsageError } from '../../model/errors.js';
import { HOST_ROLES, type HostRole } from '../types.js';
import { DNS_FAULTS } from './dns.js';
import type { ActiveFault, FaultDefinition } from './fault.js';
import { HTTP_BROKEN_FAULTS } from './http-broken.js';
import { HTTP_PAGE_FAULTS } from './http-pages.js';
import { unknownName } from '../../model/unknown-name.js';
import { HTTP_WIRE_FAULTS } from './http-wire.js';
import { MQTT_FAULTS } from './mqtt.js';
import { SERVICE_FAULTS } from './service.js';
import { TLS_FAULTS } from './tls.js';
import { WEBSOCKET_FAULTS } from './websocket.js';

export const FAULTS: readonly FaultDefinition[] = [
  ...DNS_FAULTS,
  ...TLS_FAULTS,
  ...HTTP_PAGE_FAULTS,
  ...HTTP_WIRE_FAULTS,
  ...HTTP_BROKEN_FAULTS,
  ...SERVICE_FAULTS,
  ...WEBSOCKET_FAULTS,
  ...MQTT_FAULTS,
];

/** One host, several (`api+mqtt`), or `all`. */
function parseHosts(spec: string, text: string): readonly HostRole[] {
  if (text === 'all') return HOST_ROLES;
  const roles = text.split('+').map((part) => HOST_ROLES.find((role) => role === part));
  if (roles.some((role) => role === undefined)) {
    throw new UsageError(`fault '${spec}': '${text}' is none of ${HOST_ROLES.join(', ')}, all`);
  }
  return roles.filter((role) => role !== undefined);
}

/**
 * `name[=parameter][:host]`, e.g. `nxdomain`, `403_page:api`, `idle_cut=30:mqtt`, `sinkhole=:::app`.
 * The part behind the last colon is a host only if it is made of letters and `+`. Throws UsageError.
 */
export function parseFault(spec: string): ActiveFault {
  const match = /^([a-z0-9_]+)(?:=(.*?))?(?::([a-z]+(?:\+[a-z]+)*))?$/.exec(spec);
  if (!match) throw new UsageError(`fault '${spec}' is not of the form name[=parameter][:host]`);
  const [, name = '', parameter, hosts] = match;
  const definition = FAULTS.find((fault) => fault.name === name);
  if (!definition)
    throw unknownName(
      'fault',
      name,
      FAULTS.map((fault) => ({ id: fault.name, title: fault.title })),
      'lab list',
    );
  if (parameter !== undefined && definition.parameter === null) {
    throw new UsageError(`fault '${name}' takes no parameter`);
  }
  return {
    spec,
    name,
    hosts: hosts === undefined ? definition.hosts : parseHosts(spec, hosts),
    effect: definition.effect(parameter ?? definition.parameter?.default ?? ''),
  };
}
