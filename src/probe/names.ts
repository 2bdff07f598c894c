/**
 * Name look-ups of one run: the C library once a name, as the Agent asks it, and beside it every configured resolver
 * on the wire. Each waits for the other only where the Agent would.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolvedAddress, ResolveObservation } from '../model/observation.js';
import type { NetContext } from '../net/context.js';
import { queryDns } from '../net/dns-wire.js';
import { resolveOs } from '../net/resolve.js';
import type { Run } from './run-context.js';
import type { Tasks } from './tasks.js';
import type { ProbeInput } from './types.js';

/** What the second resolver gets beyond the step deadline. */
const NEXT_RESOLVER_MS = 2000;
/** Nearly all that a claim waits for a connection, its look-up included (docs/reference/agent.md#claim-request). */
const SLOW_LOOKUP_MS = 4000;

export class Names {
  readonly #run: Run;
  readonly #input: ProbeInput;
  readonly #tasks: Tasks;
  readonly #resolutions = new Map<string, Promise<ResolveObservation>>();
  /** Addresses by name, in getaddrinfo's order, of the look-ups that ended. */
  readonly resolved = new Map<string, readonly string[]>();
  /** Addresses by name, of all resolvers on the wire together. */
  readonly wire = new Map<string, readonly string[]>();
  /** Ends when every question for a name on the wire has ended. */
  readonly #wireDone = new Map<string, Promise<unknown>>();

  constructor(run: Run, input: ProbeInput, tasks: Tasks) {
    this.#run = run;
    this.#input = input;
    this.#tasks = tasks;
  }

  /** Asks every configured resolver for both families, in the background, and for what an own C library makes of it. */
  askResolvers(host: string): void {
    const questions = [...(this.#input.searchedNames?.(host) ?? []), host].flatMap((name) => this.#ask(name, host));
    this.#wireDone.set(host, Promise.allSettled(questions));
  }

  /** @param host the name that the addresses are for */
  #ask(name: string, host: string): Promise<unknown>[] {
    const questions: Promise<unknown>[] = [];
    for (const resolver of this.#input.resolvers) {
      for (const type of ['A', 'AAAA'] as const) {
        const asked = queryDns(this.#run.context(), this.#label(), {
          resolver: resolver.address,
          port: resolver.port,
          source: resolver.source,
          name,
          type,
        });
        const noted = asked.then(({ addresses }) => {
          this.wire.set(host, [...new Set([...(this.wire.get(host) ?? []), ...addresses])]);
        });
        questions.push(noted);
        this.#tasks.spawn(noted);
      }
    }
    return questions;
  }

  /**
   * Addresses to look at: the C library's, and for an Agent with look-ups of its own those that the resolvers gave on
   * the wire besides.
   */
  async addressesOf({ hostname, addresses }: ResolveObservation): Promise<readonly ResolvedAddress[]> {
    if (this.#input.ownLookups !== true) return addresses;
    await this.#wireDone.get(hostname);
    const known = new Set(addresses.map(({ address }) => address));
    return [...addresses, ...this.#onWire(hostname).filter(({ address }) => !known.has(address))];
  }

  #onWire(host: string): readonly ResolvedAddress[] {
    return (this.wire.get(host) ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }

  /** The C library's answer for a name; asked once a run. */
  resolve(host: string): Promise<ResolveObservation> {
    const known = this.#resolutions.get(host);
    if (known !== undefined) return known;
    const asked = resolveOs(this.#patientContext(), this.#label(), host, this.#input.lookup).then((answer) => {
      this.resolved.set(
        host,
        answer.addresses.map(({ address }) => address),
      );
      this.#askAgain(answer);
      return answer;
    });
    this.#resolutions.set(host, asked);
    return asked;
  }

  /** What the resolvers said on the wire, once the C library is overdue; empty = nobody has an address for the name. */
  async overdue(host: string): Promise<readonly ResolvedAddress[]> {
    const spare = this.#input.resolvers.length > 1 ? NEXT_RESOLVER_MS : 0;
    await sleep(this.#run.stepMs + spare, undefined, { ref: false });
    return this.#onWire(host);
  }

  /** A claim that ran out of time over its look-up is tried again, and resolvers remember: what would it meet then? */
  #askAgain({ hostname, failure, t0Ms, tMs }: ResolveObservation): void {
    if (failure !== null || tMs - t0Ms < SLOW_LOOKUP_MS) return;
    this.#tasks.spawn(resolveOs(this.#run.context(), this.#label(), hostname, this.#input.lookup));
  }

  /**
   * The C library is more patient than one step: it passes a silent first resolver after 5 s (resolv.conf(5),
   * `timeout`), and asks again when one of its two questions stays open. The Agent waits for it, so we do.
   */
  #patientContext(): NetContext {
    const context = this.#run.context();
    const left = this.#run.budgetLeftMs();
    return { ...context, stepTimeoutMs: () => Math.max(1, Math.min(this.#run.lookupMs, left)) };
  }

  #label() {
    return {
      transactionId: this.#run.nextTransaction(),
      targetId: null,
      leg: null,
      routeId: null,
      role: { kind: 'path' },
    } as const;
  }
}
