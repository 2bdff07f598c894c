/**
 * Which file and key a change belongs to on this Agent, and what has to happen for it to hold
 * (docs/reference/agent.md#claim-inputs, #link-proxy-choice, #t1, #t21, #t22). Pure.
 */
import type { AgentFacts } from '../model/agent.js';
import { UsageError } from '../model/errors.js';
import { iniBoolean } from './ini.js';
import { reloadOf, restartOf } from './service-commands.js';
import { rulesFor } from './versions.js';

type ChangeKey = 'proxy' | 'insecure' | 'url' | 'enabled';

export interface Change {
  readonly key: ChangeKey;
  readonly value: string;
}

export interface NewFile {
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

export interface PlannedChange {
  readonly path: string;
  readonly section: 'global' | 'cloud';
  readonly key: string;
  readonly value: string;
  /** For a file that does not exist yet. */
  readonly whenCreated: NewFile;
  /** What to do afterwards, in order; commands as they are typed, or a sentence. */
  readonly afterwards: readonly string[];
}

export type ChangePlan =
  | { readonly kind: 'edit'; readonly change: PlannedChange }
  /** This Agent has no file for it: why, and what to do instead. */
  | { readonly kind: 'refused'; readonly why: string };

const NETDATA_CONF: NewFile = { mode: 0o644, owner: 'root', group: 'root' };
const CLAIM_CONF: NewFile = { mode: 0o640, owner: 'root', group: 'netdata' };
const CLOUD_CONF: NewFile = { mode: 0o770, owner: 'netdata', group: 'netdata' };

/** Up to 1.47.5 claiming is a script, which takes its proxy from its own option. */
const CLAIM_WITH_PROXY = 'give the same proxy to the claim script with -proxy=, or -noproxy: it reads no file';
/** Its exit code says nothing of what became of the claim (docs/reference/agent.md#t34). */
const CLAIM_AGAIN = '   # read what it prints: its exit code is 0 in any case';

/** Reads `key=value`; throws UsageError for anything else. */
export function parseChange(text: string): Change {
  const equals = text.indexOf('=');
  const key = equals < 0 ? text : text.slice(0, equals);
  const value = text.slice(equals + 1);
  if (equals < 0 || (key !== 'proxy' && key !== 'insecure' && key !== 'url')) {
    throw new UsageError('config set takes proxy=…, insecure=yes|no or url=…');
  }
  if (key === 'insecure') {
    if (!['yes', 'no', 'true', 'false', 'on', 'off'].includes(value.toLowerCase())) {
      throw new UsageError('insecure is yes or no');
    }
    return { key, value: iniBoolean(value) ? 'yes' : 'no' };
  }
  if (key === 'url' && !(/^https:\/\/[^/\s?#@]+\/?$/.test(value) && URL.canParse(value))) {
    throw new UsageError('url must have the form https://host[:port], in lower case and without a path');
  }
  return { key, value: key === 'url' ? value.replace(/\/$/, '') : value };
}

function planEnabled(facts: AgentFacts, value: string): ChangePlan {
  if (facts.facts.some(({ finding, data }) => finding === 'agent.too_old' && data['kind'] === 'built_without_cloud')) {
    const why =
      'this Agent was built without support for Netdata Cloud, and no setting changes that: replace its package with one from Netdata, then claim';
    return { kind: 'refused', why };
  }
  if (!rulesFor(facts.version.value).honoursEnabled) {
    const why =
      `version ${facts.version.value} has no switch for the link: it is idle as long as the Agent is not claimed, and connects once it is. ` +
      'Only versions before 2 honour `enabled` in cloud.conf. To take an Agent offline for good, remove it in Netdata Cloud and delete its cloud.d directory.';
    return { kind: 'refused', why };
  }
  const path = cloudConfOf(facts);
  const change = {
    path,
    section: 'global',
    key: 'enabled',
    value,
    whenCreated: CLOUD_CONF,
    afterwards: [restartOf(facts.installation)],
  } as const;
  return { kind: 'edit', change };
}

const cloudConfOf = ({ installation: { cloudDir, cloudConf } }: AgentFacts): string =>
  cloudConf ?? `${cloudDir}/cloud.conf`;

/** The source that a setting of the link or the claim has today. */
function sourceOf(facts: AgentFacts, key: string) {
  return facts.settings.find((setting) => setting.key === key)?.source ?? null;
}

/** Where a change goes on this Agent. */
export function planChange(facts: AgentFacts, { key, value }: Change): ChangePlan {
  if (key === 'enabled') return planEnabled(facts, value);
  const rules = rulesFor(facts.version.value);
  const { configDir, cloudDir } = facts.installation;
  const restart = restartOf(facts.installation);
  const reload = reloadOf(facts.installation);
  if (facts.claimed === null) {
    return {
      kind: 'refused',
      why: `${cloudDir} cannot be read, so it is not known whether the Agent is claimed: run as root`,
    };
  }
  const inNetdataConf = facts.settings.find(
    ({ key: name, source }) => name === 'link.proxy' && source.kind === 'file' && source.name.endsWith('/netdata.conf'),
  );
  if (key === 'proxy' && inNetdataConf !== undefined && facts.claimed) {
    // It wins over cloud.conf: a change there would change nothing (docs/reference/agent.md#t22).
    const path = inNetdataConf.source.name;
    return {
      kind: 'edit',
      change: { path, section: 'cloud', key, value, whenCreated: NETDATA_CONF, afterwards: [restart] },
    };
  }
  if (key === 'proxy' && !rules.linkProxyInCloudConf) {
    const path = `${configDir}/netdata.conf`;
    const claims = facts.claimed ? [] : [CLAIM_WITH_PROXY];
    const afterwards = [restart, ...claims];
    return { kind: 'edit', change: { path, section: 'cloud', key, value, whenCreated: NETDATA_CONF, afterwards } };
  }
  if (key === 'insecure' && !rules.claimsByItself) {
    const why = `version ${facts.version.value} has no such setting: its claim script takes -insecure for the claim alone, and the link always verifies`;
    return { kind: 'refused', why };
  }
  if (facts.claimed || !rules.claimsByItself) {
    const name = key === 'url' ? rules.urlKey : key;
    const afterwards =
      key === 'proxy' || !rules.claimsByItself
        ? [restart, ...(key === 'proxy' && !facts.claimed ? [CLAIM_WITH_PROXY] : [])]
        : [`${reload}, or ${restart}`];
    const path = cloudConfOf(facts);
    return { kind: 'edit', change: { path, section: 'global', key: name, value, whenCreated: CLOUD_CONF, afterwards } };
  }
  if (sourceOf(facts, 'claim.token')?.kind === 'environment') {
    const variable = {
      proxy: 'NETDATA_CLAIM_PROXY',
      url: 'NETDATA_CLAIM_URL',
      insecure: 'NETDATA_EXTRA_CLAIM_OPTS=-insecure',
    }[key];
    return {
      kind: 'refused',
      why: `the Agent claims from its environment: set ${variable} there (service, container) and restart it`,
    };
  }
  const afterwards = [`${reload}${CLAIM_AGAIN}`];
  if (key === 'proxy' && rules.proxyFrozenBeforeClaim) {
    afterwards.push(`${restart} once it is claimed: the link takes the proxy only then`);
  }
  if (key === 'proxy' && inNetdataConf !== undefined) {
    afterwards.push(`remove [cloud] proxy from ${inNetdataConf.source.name}: the link takes that one`);
  }
  const path = `${configDir}/claim.conf`;
  return { kind: 'edit', change: { path, section: 'global', key, value, whenCreated: CLAIM_CONF, afterwards } };
}
