/** What discovery learned of the Agent on this host: the safe projection (no secrets) that reports carry. */
import type { FindingId } from './finding-id.js';
import type { ObservationId } from './observation.js';
import type { Leg } from './route.js';

export interface Source {
  readonly kind: 'file' | 'environment' | 'option' | 'default' | 'process' | 'catalog';
  /** `/etc/netdata/claim.conf`, variable name, option name, … */
  readonly name: string;
  /** 1-based line of a file; null otherwise. */
  readonly line: number | null;
}

export interface EffectiveSetting {
  /** `claim.url`, `claim.proxy`, `claim.insecure`, `link.proxy`, `link.insecure`, `cloud.url`, … */
  readonly key: string;
  /** Masked where it holds a secret; null = not set. */
  readonly value: string | null;
  readonly source: Source;
  /** What each side makes of it, in words; null = does not look at it. */
  readonly claimReads: string | null;
  readonly linkReads: string | null;
}

/** How far the rules reach for a version. */
export type VersionStanding = 'known' | 'newer' | 'doubtful' | 'too_old';

export interface AgentVersion {
  /** Without leading v: `2.10.3`, `2.11.0-84-nightly`. */
  readonly value: string;
  readonly source: 'installed' | 'running' | 'option' | 'assumed_newest';
  /**
   * `newer`: than anything the rules were checked against, the newest are taken. `doubtful`: it asks for things that the
   * cloud may not offer any more. `too_old`: older than anything that was read. Missing = known.
   */
  readonly standing?: Exclude<VersionStanding, 'known'>;
}

export interface AgentInstallation {
  readonly found: boolean;
  readonly kind: 'native' | 'static' | 'container' | 'other' | 'windows' | null;
  readonly binary: string | null;
  readonly configDir: string;
  readonly libDir: string;
  /** `<libDir>/cloud.d` unless netdata.conf says otherwise. */
  readonly cloudDir: string;
  /** cloud.conf where this version reads it, if that is not in cloudDir. */
  readonly cloudConf?: string;
  /** Directory of the logs; absent in runs saved before this was kept, as are the following. */
  readonly logDir?: string;
  /** C library that the program was linked with, which decides how it looks names up; null = could not tell. */
  readonly libc?: 'glibc' | 'musl' | null;
  /** Command that starts it again on this kind of system. */
  readonly restart?: string;
  /** Of an Agent in a container: command that runs what follows it in there. */
  readonly inside?: string;
  /** Family of the distribution whose files it reads (a container's own); null = none of those that we know. */
  readonly distribution?: Distribution | null;
}

/** A container, as the control groups of its processes name it. */
export interface AgentContainer {
  readonly engine: 'docker' | 'podman' | 'kubernetes';
  /** First 12 digits. */
  readonly id: string;
}

/** Families that keep their certificates, and the package of them, alike. */
export type Distribution = 'debian' | 'rhel' | 'suse' | 'alpine' | 'arch' | 'openwrt';

export interface AgentProcess {
  readonly pid: number;
  readonly uid: number | null;
  readonly user: string | null;
  readonly environmentReadable: boolean;
  /** Set where it lives in namespaces of its own, and this run went there. */
  readonly ownNamespaces?: true;
}

/** One trust store, described; its certificates stay in memory. */
export interface TrustStoreFacts {
  /** `link`, `claim`, `system`, `trusted_pem`, `mozilla`, … */
  readonly id: string;
  readonly title: string;
  readonly paths: readonly string[];
  readonly certificates: number;
  /** Why it could not be read, or null. */
  readonly problem: string | null;
  readonly observation: ObservationId | null;
}

/** By which rules one leg goes out. */
export interface LegSettings {
  readonly leg: Leg;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Set where this leg goes unencrypted: the claim, by libcurl, for a base URL with `http://`. */
  readonly plain?: true;
  readonly hostSource: Source;
  /** RouteEntry.id. */
  readonly routeId: string;
  readonly routeSource: Source;
  /** Why the route is what it is, one sentence: `scheme https:// is not understood by the link: direct`. */
  readonly routeWhy: string;
  /** TrustStoreFacts.id. */
  readonly trustStoreId: string;
  readonly insecure: boolean;
  /** Set where this version ends the leg for good before it begins: a SOCKS proxy in a file, before 2.10.0. */
  readonly neverStarts?: 'socks_in_file';
  /** Whether this version checks the certificate's name on this leg. */
  readonly checksName: boolean;
}

/** A fact about the configuration that a finding can be made of; produced by agent/lint, pure. */
export interface ConfigFact {
  /** Finding id that it supports, e.g. `agent.proxy_port_missing`. */
  readonly finding: FindingId;
  readonly file: { readonly path: string; readonly line: number | null } | null;
  /** Our words, secrets masked. */
  readonly text: string;
  readonly legs: readonly Leg[];
  /** The observation (read_config or read_environment) it rests on. */
  readonly observation: ObservationId;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AgentFacts {
  readonly installation: AgentInstallation;
  readonly version: AgentVersion;
  readonly process: AgentProcess | null;
  /** null = could not tell. */
  readonly claimed: boolean | null;
  readonly environmentSource: 'daemon' | 'unit' | 'self';
  readonly settings: readonly EffectiveSetting[];
  readonly legs: Readonly<Record<Leg, LegSettings>>;
  readonly trustStores: readonly TrustStoreFacts[];
  readonly facts: readonly ConfigFact[];
}
