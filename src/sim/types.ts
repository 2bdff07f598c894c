/**
 * Contract of the simulated cloud: what can be asked of it and what it tells afterwards.
 * The simulation is an independent implementation of the peers of an Agent; it shares no code with the probes.
 */

/** The three hosts of Netdata Cloud, by what they do: claim and /env, authentication, the MQTT link. */
export type HostRole = 'app' | 'api' | 'mqtt';
export const HOST_ROLES: readonly HostRole[] = ['app', 'api', 'mqtt'];

export const DEFAULT_NAMES: Readonly<Record<HostRole, string>> = {
  app: 'app.netdata.cloud',
  api: 'api.netdata.cloud',
  mqtt: 'mqtt.netdata.cloud',
};

/** Where one host of the cloud listens, and what the resolver says about it. */
export interface HostOptions {
  /** Addresses to listen on (no brackets). Default: `CloudOptions.addresses`. */
  readonly addresses?: readonly string[];
  /** Addresses the resolver publishes, in this order. Default: the addresses listened on. */
  readonly published?: readonly string[];
  /** Own TCP port; 0 = ephemeral. Default: see `CloudOptions.httpsPort`. */
  readonly port?: number;
}

/** One more record of the zone, e.g. `{ name: 'app.netdata.cloud', type: 'CNAME', data: 'edge.example.net' }`. */
export interface ZoneRecord {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME';
  readonly data: string;
  /** Seconds. */
  readonly ttl?: number;
}

/** A node that claimed earlier: lets an Agent come back to a restarted simulation. */
export interface KnownNode {
  readonly claimId: string;
  /** PEM, RSA 2048. */
  readonly publicKey: string;
}

export interface CloudOptions {
  /** DNS names by role; default the documented names. The built-in certificates cover those, `*.cloud.test` and `localhost`. */
  readonly names?: Partial<Readonly<Record<HostRole, string>>>;
  /** Listen addresses of every host. Default `['127.0.0.1']`. */
  readonly addresses?: readonly string[];
  readonly hosts?: Partial<Readonly<Record<HostRole, HostOptions>>>;
  /** HTTPS port shared by all hosts, who are then told apart by SNI; 0 = one ephemeral port. Default: an ephemeral port for each host. */
  readonly httpsPort?: number;
  /** Resolver: default 127.0.0.1, ephemeral port (UDP and TCP share it), TTL 60 s. `false` = none. */
  readonly dns?:
    | false
    | {
        readonly address?: string;
        readonly port?: number;
        /** Seconds. */
        readonly ttl?: number;
        readonly records?: readonly ZoneRecord[];
      };
  /** Certificate chain and key (PEM) to serve instead of the built-in set; certificate faults still use theirs. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Fault specifications, `name[=parameter][:host]`: `nxdomain`, `403_page:api`, `idle_cut=30:mqtt`. */
  readonly faults?: readonly string[];
  /** Every answer (DNS, TLS flight, HTTP, WebSocket, MQTT) leaves this many ms late: one round trip of a distant cloud. */
  readonly answerDelayMs?: number;
  /** Makes minted ids and passwords reproducible; default random. */
  readonly seed?: number;
  readonly nodes?: readonly KnownNode[];
  readonly onEvent?: (event: SimEvent) => void;
}

export interface SimHost {
  readonly role: HostRole;
  readonly name: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly published: readonly string[];
}

/** `ENOTFOUND`: no such name or no addresses; `EAI_AGAIN`: the resolver failed, refused or stayed silent. */
export interface SimLookup {
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[];
  readonly error: 'ENOTFOUND' | 'EAI_AGAIN' | null;
}

export interface SimCloud {
  /** `https://app.netdata.cloud[:port]`, no trailing slash. */
  readonly baseUrl: string;
  readonly hosts: Readonly<Record<HostRole, SimHost>>;
  /** null when started with `dns: false`. */
  readonly resolver: { readonly address: string; readonly port: number } | null;
  /** Root that the healthy certificates chain to (PEM). */
  readonly caPem: string;
  /** Root of the simulated inspecting middlebox (PEM): trusted only where a test says so. */
  readonly interceptorCaPem: string;
  /** What peers did, oldest first. At most 100,000 are kept. */
  readonly events: readonly SimEvent[];
  /** What getaddrinfo would say with this resolver configured. For injected lookups. */
  lookup(hostname: string): SimLookup;
  /** Resolves when an event of this type is or was logged; rejects after `timeoutMs`. */
  waitFor(type: SimEvent['type'], timeoutMs?: number): Promise<SimEvent>;
  close(): Promise<void>;
}

/** `atMs`: ms since the cloud started. No event holds a secret (token, password, challenge). */
export type SimEvent = { readonly atMs: number; readonly remote: string } & (
  | { readonly type: 'dns_query'; readonly name: string; readonly qtype: string; readonly transport: 'udp' | 'tcp' }
  | { readonly type: 'connection'; readonly port: number }
  | {
      readonly type: 'client_hello';
      readonly role: HostRole | null;
      readonly sni: string | null;
      readonly alpn: readonly string[];
      readonly bytes: number;
    }
  | { readonly type: 'tls_failed'; readonly role: HostRole | null; readonly code: string }
  | {
      readonly type: 'http_request';
      readonly role: HostRole;
      readonly method: string;
      readonly path: string;
      readonly headers: readonly (readonly [string, string])[];
    }
  | {
      readonly type: 'claim';
      readonly claimId: string;
      readonly status: number;
      readonly hostname: string | null;
      readonly rooms: number;
    }
  | { readonly type: 'env'; readonly status: number; readonly claimId: string | null }
  | { readonly type: 'challenge'; readonly claimId: string; readonly status: number }
  | {
      readonly type: 'password';
      readonly claimId: string;
      readonly status: number;
      readonly agentVersion: string | null;
    }
  | { readonly type: 'ws_upgrade'; readonly role: HostRole; readonly status: number }
  | {
      readonly type: 'mqtt_connect';
      readonly clientId: string;
      readonly reasonCode: number;
      readonly claimId: string | null;
    }
  | { readonly type: 'mqtt_subscribe'; readonly clientId: string; readonly topics: readonly string[] }
  | {
      readonly type: 'mqtt_publish';
      readonly clientId: string;
      readonly topic: string;
      readonly qos: number;
      readonly bytes: number;
    }
  | { readonly type: 'mqtt_ping'; readonly clientId: string }
  | { readonly type: 'mqtt_disconnect'; readonly clientId: string; readonly reasonCode: number }
  | { readonly type: 'mqtt_will'; readonly clientId: string; readonly topic: string }
  | { readonly type: 'mqtt_protocol_error'; readonly clientId: string | null; readonly reason: string }
  | { readonly type: 'closed'; readonly role: HostRole | null }
  | { readonly type: 'fault'; readonly fault: string; readonly host: string }
);

/** Signature of `startCloud` in sim/cloud.ts. Rejects with UsageError for unknown faults and options that exclude each other. */
export type StartCloud = (options?: CloudOptions) => Promise<SimCloud>;
