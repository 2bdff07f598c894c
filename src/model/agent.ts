/** What discovery learned of the Agent on this host: the safe projection (no secrets) that reports carry. */
import type { Described } from './schema/build.js';
import type {
  agentFacts,
  fact,
  installation,
  legSettings,
  setting,
  source,
  trustStore,
  version,
} from './schema/agent.js';

export type Source = Described<typeof source>;

export type EffectiveSetting = Described<typeof setting>;

/** How far the rules reach for a version. */
export type VersionStanding = 'known' | 'newer' | 'doubtful' | 'too_old';

export type AgentVersion = Described<typeof version>;

export type AgentInstallation = Described<typeof installation>;

/** A container, as the control groups of its processes name it. */
export interface AgentContainer {
  readonly engine: 'docker' | 'podman' | 'kubernetes';
  /** First 12 digits. */
  readonly id: string;
}

/** Families that keep their certificates, and the package of them, alike. */
export type Distribution = 'debian' | 'rhel' | 'suse' | 'alpine' | 'arch' | 'openwrt';

/** One trust store, described; its certificates stay in memory. */
export type TrustStoreFacts = Described<typeof trustStore>;

/** By which rules one leg goes out. */
export type LegSettings = Described<typeof legSettings>;

/** A fact about the configuration that a finding can be made of; produced by agent/lint, pure. */
export type ConfigFact = Described<typeof fact>;

export type AgentFacts = Described<typeof agentFacts>;
