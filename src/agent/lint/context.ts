/** What the configuration lints look at, and how they say what they found. */
import type { ClaimTool } from '../claim-tool.js';
import type { ConfigFact, Source } from '../../model/agent.js';
import type { FindingId } from '../../model/finding-id.js';
import type { ObservationId } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import type { ClaimSettings } from '../claim-settings.js';
import type { AgentEnvironment } from '../environment.js';
import type { Installed } from '../installation.js';
import type { ProxyChoice } from '../proxy-choice.js';
import type { HostReader } from '../reader.js';
import type { UnitEnvironment } from '../systemd-unit.js';
import type { TrustStores } from '../trust-stores.js';
import type { UrlReading } from '../url.js';
import type { AgentRules } from '../versions.js';

/** The private key, as far as its metadata tells; it is never read. */
export interface KeyFacts {
  readonly path: string;
  readonly state: 'readable' | 'missing' | 'unreadable_for_agent' | 'unknown';
  /** The account that the Agent runs as. */
  readonly user: string;
}

export interface LintContext {
  readonly settings: ClaimSettings;
  readonly installed: Installed;
  readonly version: string;
  readonly rules: AgentRules;
  readonly environment: AgentEnvironment;
  readonly unit: UnitEnvironment | null;
  readonly reader: Pick<HostReader, 'environment'>;
  readonly claimProxy: ProxyChoice;
  readonly claimTool: ClaimTool;
  readonly linkProxy: ProxyChoice;
  readonly claimUrl: UrlReading;
  readonly linkUrl: UrlReading;
  readonly trust: TrustStores;
  readonly key: KeyFacts;
  /** True when the Agent's program was built without cloud support; null = not known. */
  readonly withoutCloud: boolean | null;
  /** The observation that a source was read in. */
  readonly observationOf: (source: Source) => ObservationId;
}

/**
 * What a fact does to the legs it names.
 * `blocks`: they cannot work like this · `route`: they take another way than meant · `value`: they use another value
 * than meant · `restart`: it holds only after a restart · `note`: good to know.
 */
export type FactEffect = 'blocks' | 'route' | 'value' | 'restart' | 'note';

export interface FactDraft {
  readonly finding: FindingId;
  readonly kind: string;
  readonly effect: FactEffect;
  readonly source: Source;
  readonly text: string;
  readonly legs: readonly Leg[];
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

export const LINK_LEGS: readonly Leg[] = ['env', 'auth', 'link'];
export const CLAIM_LEG: readonly Leg[] = ['claim'];

export function factOf(context: LintContext, draft: FactDraft): ConfigFact {
  const { finding, kind, effect, source, text, legs, data } = draft;
  return {
    finding,
    file: source.kind === 'file' ? { path: source.name, line: source.line } : null,
    text,
    legs,
    observation: context.observationOf(source),
    data: { kind, effect, ...data },
  };
}

/**
 * False when the Agent is claimed: what it would claim with is not looked at any more
 * (docs/reference/agent.md#claimed).
 */
export function claimIsOpen(context: LintContext): boolean {
  return context.settings.claimed !== true;
}

export const ENVIRONMENT: Source = { kind: 'process', name: 'environment', line: null };
