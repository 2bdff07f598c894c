/** Contract of the simulated proxies. */
export interface ProxyOptions {
  readonly protocol: 'http' | 'socks5';
  /** Default `ok`; see PROXY_BEHAVIOURS for the list. */
  readonly behaviour?: string;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default 0 = ephemeral. */
  readonly port?: number;
  /** Credentials it accepts when its behaviour asks for some. Default `user` / `secret`. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Hosts (exact, lower case) it refuses although it would relay others. */
  readonly denyHosts?: readonly string[];
  /** Name -> address for relaying; null = cannot resolve. Default: the OS resolver. */
  readonly resolve?: (host: string) => Promise<string | null>;
  /** Where an address that the client gave really listens; default itself. */
  readonly translate?: (address: string) => string;
  readonly onEvent?: (event: ProxyEvent) => void;
}

export interface ProxyEvent {
  readonly remote: string;
  /** `host:port` asked for, or null when the request was not understood. */
  readonly target: string | null;
  /** HTTP status sent, SOCKS REP sent, or null when nothing was. */
  readonly answer: number | null;
  readonly credentials: 'none' | 'right' | 'wrong';
  /** Request as received, credentials cut out; latin1, at most 4 KiB. */
  readonly request: string;
}

export interface SimProxy {
  readonly address: string;
  readonly port: number;
  readonly events: readonly ProxyEvent[];
  close(): Promise<void>;
}
