/** Honest answer plus fault = what the resolver does; and what getaddrinfo would make of it. */
import type { FaultSet } from '../faults/fault-set.js';
import type { HostRole, SimLookup } from '../types.js';
import type { DnsPlan, DnsQuestion } from './reply.js';
import type { Zone } from './zone.js';

type RoleOfName = (name: string) => HostRole | null;

export function planAnswer(question: DnsQuestion, zone: Zone, faults: FaultSet, roleOfName: RoleOfName): DnsPlan {
  const honest = zone.answer(question.name, question.type);
  const role = roleOfName(question.name);
  const struck = [...faults.dnsForAllNames, ...(role === null ? [] : faults.effects(role, 'dns'))];
  for (const { value } of struck) {
    const plan = value(question, honest);
    if (plan !== null) return plan;
  }
  return { packets: [honest] };
}

/** AAAA and A in one, IPv6 first as RFC 6724 has it; a family that fails spoils nothing if the other answers. */
export function resolveLikeTheSystem(
  hostname: string,
  zone: Zone,
  faults: FaultSet,
  roleOfName: RoleOfName,
): SimLookup {
  const addresses: { address: string; family: 4 | 6 }[] = [];
  let failed = false;
  for (const type of ['AAAA', 'A'] as const) {
    const plan = planAnswer({ name: hostname, type, transport: 'tcp' }, zone, faults, roleOfName);
    // A resolver believes the first reply that fits its question.
    const reply = plan.packets.find(
      (packet) => !Buffer.isBuffer(packet) && (packet.idOffset ?? 0) === 0 && packet.questionName === undefined,
    );
    if (reply === undefined || Buffer.isBuffer(reply) || plan.refuseTcp === true) {
      failed = true;
    } else if (reply.rcode === 'NOERROR') {
      for (const answer of reply.answers) {
        if (answer.type === type && typeof answer.data === 'string') {
          addresses.push({ address: answer.data, family: type === 'A' ? 4 : 6 });
        }
      }
    } else if (reply.rcode !== 'NXDOMAIN') {
      failed = true;
    }
  }
  if (addresses.length > 0) return { addresses, error: null };
  return { addresses: [], error: failed ? 'EAI_AGAIN' : 'ENOTFOUND' };
}
