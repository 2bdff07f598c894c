/** What was asked for when rules were applied: later refreshes and status checks ask for the same. */
import { UsageError } from '../../model/errors.js';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '../../firewall/live/store.js';
import type { NamedByEnv } from './ask-agent.js';
import type { RulesRequest } from './options.js';

export interface RulesConfig {
  readonly schema: 'netdata-egress/rules-config';
  readonly version: 1;
  readonly target: string;
  readonly request: RulesRequest;
  readonly backend: 'nft' | 'legacy' | null;
  /** List targets: where the files go; null = a live firewall. */
  readonly outputDir: string | null;
  /** What /env named when the rules were made; absent in configurations of earlier versions. */
  readonly named?: NamedByEnv | null;
}

function configPath(stateDir: string): string {
  return join(stateDir, 'config.json');
}

export async function saveConfig(stateDir: string, config: RulesConfig): Promise<void> {
  await writeDurably(configPath(stateDir), `${JSON.stringify(config, null, 1)}\n`);
}

/** null = nothing was ever applied or refreshed here. Throws UsageError for a file that cannot be used. */
export async function loadConfig(stateDir: string): Promise<RulesConfig | null> {
  const text = await readIfThere(configPath(stateDir));
  if (text === null) return null;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new UsageError(`${configPath(stateDir)} is damaged (not JSON)`);
  }
  const config = document as { readonly schema?: unknown; readonly version?: unknown } | null;
  if (typeof config !== 'object' || config?.schema !== 'netdata-egress/rules-config' || config.version !== 1)
    throw new UsageError(`${configPath(stateDir)} is not a configuration that this version understands`);
  return document as RulesConfig;
}
