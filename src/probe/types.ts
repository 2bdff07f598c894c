/** What a run is asked to measure. Everything arrives as an argument: probe/ reads no files and no catalogue. */
import type { FailureKind } from '../model/failure.js';
import type { ControlKind, ObservationId } from '../model/observation.js';
import type { Leg } from '../model/route.js';
import type { Target } from '../model/target.js';
import type { EnvEndpoints, LoadedTrustStore, PlannedRoute } from '../model/planned.js';
import type { Lookup } from '../net/resolve.js';
import type { AclkShape } from '../net/shapes.js';

export interface Resolver {
  readonly address: string;
  readonly port: number;
  readonly source: string;
}

export interface ProbeInput {
  readonly targets: readonly Target[];
  readonly routes: readonly PlannedRoute[];
  /** Route id of each leg, by the Agent's own rules. */
  readonly legRoutes: Readonly<Record<Leg, string>>;
  readonly trustStores: readonly LoadedTrustStore[];
  /** Store that each leg verifies against; the handshake itself runs with the link's. */
  readonly legStores: Readonly<Record<Leg, string>>;
  readonly resolvers: readonly Resolver[];
  /**
   * The Agent's C library is its own and goes by what the resolvers say on the wire (static builds:
   * docs/reference/agent.md#t38).
   */
  readonly ownLookups?: boolean;
  /** Names that such a C library asks for before a name as it is. */
  readonly searchedNames?: (host: string) => readonly string[];
  /** Published addresses per host, for controls. */
  readonly knownAddresses: ReadonlyMap<string, readonly string[]>;
  readonly gateways: readonly string[];
  /** What the Agent's version sends on the legs of the link; absent = what the newest one does. */
  readonly shapes?: { readonly https: AclkShape; readonly link: AclkShape };
  /** Agent version without leading v: part of the /env request. */
  readonly agentVersion: string;
  /** Third parties may be asked (`--controls`). */
  readonly thirdParties: ThirdParties | null;
  /** Families to probe. */
  readonly families: readonly (4 | 6)[];
  /** One connection a leg, to the address that the Agent tries first; no other questions, whatever looks suspicious. */
  readonly light?: boolean;
  /** Keep the upgraded link open for this long after the run's questions are answered, ms; 0 = do not. */
  readonly holdMs: number;
  /**
   * Where no hold was asked for: how long to keep the link open all the same, ms, out of what is left of the budget; 0 =
   * do not. Asked once, behind the run's questions.
   */
  readonly spareHoldMs?: (leftMs: number) => Promise<number>;
  /** Replaces the OS resolver (lab only). */
  readonly lookup?: Lookup;
  /** Reads the endpoints out of a genuine /env answer, by the Agent's own rules. */
  readonly readEnv: (rawHead: string, rawBody: string) => EnvEndpoints | null;
}

/** Named before they are contacted (`--list-endpoints`). */
export interface ThirdParties {
  readonly resolvers: readonly Resolver[];
  readonly dohUrls: readonly { readonly url: string; readonly address: string }[];
  readonly neutralHosts: readonly string[];
}

/** The steps of a path, in the order a leg takes them. */
export type Phase = 'resolve' | 'connect' | 'proxy' | 'tls' | 'http' | 'websocket' | 'mqtt';

/** Something on a path failed, is slow, or looks odd: controls decide by it what else to ask. */
export interface Suspicion {
  readonly phase: Phase;
  readonly reason: 'failed' | 'slow' | 'odd';
  readonly target: Target;
  readonly route: PlannedRoute;
  readonly address: string | null;
  /** When the suspected step began, ms since the run's zero: controls end by this + the step deadline. */
  readonly sinceMs: number;
  /** The observation, once there is one. */
  readonly observation: ObservationId | null;
  /** How it failed; absent or null = it did not, or not yet. */
  readonly failure?: FailureKind | null;
}

/** Facts that controls may plan with. */
export interface ControlFacts {
  readonly input: ProbeInput;
  /** Addresses the OS resolver gave per host so far. */
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  /** Addresses that any resolver on the wire gave per host so far. */
  readonly wire: ReadonlyMap<string, readonly string[]>;
}

/** One extra question, as data. `key` keeps the same question from being asked twice. */
export type ControlPlan = {
  readonly key: string;
  readonly kind: ControlKind;
} & (
  | {
      readonly do: 'tls';
      readonly route: PlannedRoute;
      readonly target: Target;
      readonly address: string | null;
      readonly sni: string | null;
      readonly expectedName: string;
      readonly variant: 'agent' | 'small' | 'large' | 'provoke_alert';
    }
  | { readonly do: 'connect'; readonly host: string; readonly address: string; readonly port: number }
  | { readonly do: 'dns'; readonly resolver: Resolver; readonly name: string; readonly type: 'A' | 'AAAA' }
  | {
      readonly do: 'doh';
      readonly url: string;
      readonly address: string;
      readonly name: string;
      readonly type: 'A' | 'AAAA';
    }
  | {
      readonly do: 'browser_http' | 'browser_websocket' | 'full_size_write';
      readonly route: PlannedRoute;
      readonly target: Target;
      readonly address: string | null;
    }
  | { readonly do: 'neutral'; readonly host: string }
  | { readonly do: 'proxy_tls'; readonly route: PlannedRoute }
  | {
      readonly do: 'proxy_speaks';
      readonly route: PlannedRoute;
      readonly target: Target;
      readonly protocol: 'http' | 'socks5';
    }
);

/** A control: when a suspicion arises, which extra questions can change the answer. Pure. */
export interface Control {
  readonly kind: ControlKind;
  readonly title: string;
  readonly phases: readonly Phase[];
  plan(suspicion: Suspicion, facts: ControlFacts): readonly ControlPlan[];
}
