import type { AgentContainer } from '../model/agent.js';
import type { HostOperation } from '../model/failure.js';

/** Where a documented leg goes when nothing else is known. */
interface DocumentedHost {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface DiscoverOptions {
  /** Instead of the base URL that the Agent's settings name. */
  readonly url?: string;
  /** Instead of the proxy setting of both sides: any form the Agent's `proxy` takes, also `env` and `none`. */
  readonly proxy?: string;
  /** Instead of the `insecure` setting of both sides. */
  readonly insecure?: boolean;
  /** Root of a static-like installation, e.g. `/opt/netdata`. */
  readonly prefix?: string;
  readonly configDir?: string;
  readonly libDir?: string;
  /** Instead of the installed version; with or without a leading v. */
  readonly agentVersion?: string;
  /** Whose environment counts; default: the daemon's, else the unit's, else our own. */
  readonly envFrom?: 'daemon' | 'unit' | 'self';
  /** The Agent's process, where there are several or it runs in a container. */
  readonly pid?: number;
  /** The container that this process is in. */
  readonly container?: AgentContainer;
  /** Processes of accounts that are neither root nor the Agent's do not count, not even when asked for: we write. */
  readonly ownProcessesOnly?: boolean;
  /** Root certificates of the public web (`tls.rootCertificates`). */
  readonly mozillaRoots: readonly string[];
  readonly documented: { readonly auth: DocumentedHost; readonly link: DocumentedHost };
  /** Base URL that the Agent has built in. */
  readonly defaultUrl: string;
  /** Next unique observation id. */
  readonly nextId: (operation: HostOperation) => string;
  /** Monotonic ms since the run's zero. */
  readonly now: () => number;
}
