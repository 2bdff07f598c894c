/**
 * What the simulated resolver knows: address records of the cloud's names, aliases, and the little that makes it
 * look like a resolver for everything else (root name servers, SOA for negative answers, RFC 2308).
 */
import type { Answer } from 'dns-packet';
import type { ZoneRecord } from '../types.js';

/** The part of an answer that faults change. */
export interface ZoneAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

/** RFC 1034 §3.6.2: follow aliases, but not for ever. */
const MAX_ALIASES = 8;

export class Zone {
  readonly #records: readonly ZoneRecord[];
  readonly #ttl: number;

  constructor(records: readonly ZoneRecord[], ttl: number) {
    this.#records = records.map((record) => ({ ...record, name: normalise(record.name) }));
    this.#ttl = ttl;
  }

  answer(name: string, type: string): ZoneAnswer {
    if (name === '' || name === '.') return this.#root(type);
    const answers: Answer[] = [];
    let current = normalise(name);
    for (let hop = 0; hop <= MAX_ALIASES; hop++) {
      const here = this.#records.filter((record) => record.name === current);
      if (here.length === 0) break;
      for (const record of here) {
        if (record.type === type) answers.push(this.#toAnswer(record, hop === 0 ? name : current));
      }
      const alias = here.find((record) => record.type === 'CNAME');
      if (!alias || type === 'CNAME') break;
      answers.push(this.#toAnswer(alias, hop === 0 ? name : current));
      current = normalise(alias.data);
    }
    // An empty non-terminal (netdata.cloud above app.netdata.cloud) exists, too: RFC 8020.
    const exists = this.#records.some((record) => record.name === current || record.name.endsWith(`.${current}`));
    const negative = !answers.some((answer) => answer.type === type);
    return {
      rcode: exists ? 'NOERROR' : 'NXDOMAIN',
      answers,
      authorities: negative ? [startOfAuthority(current)] : [],
    };
  }

  #toAnswer(record: ZoneRecord, name: string): Answer {
    return { type: record.type, name, ttl: record.ttl ?? this.#ttl, class: 'IN', data: record.data };
  }

  /** Enough for a client that wants to know whether the resolver is alive at all. */
  #root(type: string): ZoneAnswer {
    const answers: readonly Answer[] =
      type === 'NS' ? [{ type: 'NS', name: '.', ttl: 518400, class: 'IN', data: 'a.root-servers.net' }] : [];
    return { rcode: 'NOERROR', answers, authorities: answers.length === 0 ? [startOfAuthority('.')] : [] };
  }
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function startOfAuthority(name: string): Answer {
  const zone = name.split('.').slice(-2).join('.') || '.';
  return {
    type: 'SOA',
    name: zone,
    ttl: 60,
    class: 'IN',
    data: {
      mname: 'ns.simulation.test',
      rname: 'hostmaster.simulation.test',
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86400,
      minimum: 60,
    },
  };
}
