/** The faults of one running cloud, by host. */
import type { HostRole } from '../types.js';
import type { ActiveFault, FaultEffect } from './fault.js';
import { parseFault } from './registry.js';

export interface AppliedEffect<T> {
  /** The specification it came from. */
  readonly spec: string;
  readonly value: T;
}

export class FaultSet {
  readonly #faults: readonly ActiveFault[];

  /** Throws UsageError for a specification that cannot be used. */
  constructor(specs: readonly string[]) {
    this.#faults = specs.map(parseFault);
  }

  /** Every effect of one kind on one host (or, with null, on all hosts alike), in the order given. */
  effects<K extends keyof FaultEffect>(
    role: HostRole | null,
    key: K,
  ): readonly AppliedEffect<NonNullable<FaultEffect[K]>>[] {
    const found: AppliedEffect<NonNullable<FaultEffect[K]>>[] = [];
    for (const fault of this.#faults) {
      const value = fault.effect[key];
      if (value === undefined) continue;
      if (role === null ? fault.hosts.length < 3 : !fault.hosts.includes(role)) continue;
      found.push({ spec: fault.spec, value });
    }
    return found;
  }

  /** The first effect of one kind on one host. */
  effect<K extends keyof FaultEffect>(
    role: HostRole | null,
    key: K,
  ): AppliedEffect<NonNullable<FaultEffect[K]>> | null {
    return this.effects(role, key)[0] ?? null;
  }

  /** Faults that strike every name, also those that are not the cloud's. */
  get dnsForAllNames(): readonly AppliedEffect<NonNullable<FaultEffect['dns']>>[] {
    return this.#faults.flatMap(({ spec, effect }) =>
      effect.dns && effect.dnsAllNames === true ? [{ spec, value: effect.dns }] : [],
    );
  }

  helloByName(spec: string): boolean {
    return this.#faults.some((fault) => fault.spec === spec && fault.effect.helloByName === true);
  }
}
