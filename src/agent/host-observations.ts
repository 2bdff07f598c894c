/** The observations that discovery leaves behind: files, environment, trust stores. */
import type { Source } from '../model/agent.js';
import type { FailureKind, HostOperation } from '../model/failure.js';
import type {
  ConfigProblem,
  Observation,
  ObservationId,
  ReadConfigObservation,
  ReadEnvironmentObservation,
  ReadTrustStoreObservation,
} from '../model/observation.js';
import type { LoadedTrustStore } from '../model/planned.js';
import type { DiscoverOptions } from './discover-options.js';
import { shownVariables } from './environment.js';
import type { AgentEnvironment } from './environment.js';
import type { FileResult } from './reader.js';
import type { TrustStores } from './trust-stores.js';

export class HostObservations {
  readonly list: Observation[] = [];
  readonly #options: Pick<DiscoverOptions, 'nextId' | 'now'>;
  readonly #byPath = new Map<string, ObservationId>();
  #environment: ObservationId | null = null;
  readonly #t0Ms: number;

  constructor(options: Pick<DiscoverOptions, 'nextId' | 'now'>) {
    this.#options = options;
    this.#t0Ms = options.now();
  }

  #base<O extends HostOperation>(operation: O) {
    const id = this.#options.nextId(operation);
    return {
      id,
      operation,
      transactionId: `host-${id}`,
      targetId: null,
      leg: null,
      routeId: null,
      role: { kind: 'path' },
      address: null,
      t0Ms: this.#t0Ms,
      tMs: this.#options.now(),
    } as const;
  }

  #failure(operation: HostOperation, kind: FailureKind, rawCode: string) {
    return { kind, operation, rawCode, detail: '' };
  }

  file(path: string, result: FileResult, problems: readonly ConfigProblem[] = []): void {
    if (this.#byPath.has(path)) return;
    const failure = result.state === 'unreadable' ? this.#failure('read_config', 'file_unreadable', result.code) : null;
    const observation: ReadConfigObservation = {
      ...this.#base('read_config'),
      failure,
      path,
      state: result.state,
      problems: problems.map(({ kind, line, text }) => ({ kind, line, text })),
    };
    this.#byPath.set(path, observation.id);
    this.list.push(observation);
  }

  environment({ source, variables }: AgentEnvironment): void {
    const observation: ReadEnvironmentObservation = {
      ...this.#base('read_environment'),
      failure: null,
      source,
      variables: shownVariables(variables),
    };
    this.#environment = observation.id;
    this.list.push(observation);
  }

  /** Returns the stores with their observations filled in. */
  trust({ stores, failures }: TrustStores): readonly LoadedTrustStore[] {
    return stores.map((store) => {
      const { facts } = store;
      if (facts.paths.length === 0) return store;
      const failed = failures.get(facts.id) ?? null;
      const observation: ReadTrustStoreObservation = {
        ...this.#base('read_trust_store'),
        failure: failed === null ? null : this.#failure('read_trust_store', failed.kind, failed.code),
        storeId: facts.id,
        paths: facts.paths,
        certificates: facts.certificates,
      };
      this.list.push(observation);
      for (const path of facts.paths) if (!this.#byPath.has(path)) this.#byPath.set(path, observation.id);
      return { ...store, facts: { ...facts, observation: observation.id } };
    });
  }

  /** The observation that a value rests on; the environment's for everything that is not a file. */
  of(source: Source): ObservationId {
    return this.#byPath.get(source.name) ?? this.#environment ?? '';
  }
}
