/**
 * What the Agent would claim with, what it holds on to once claimed, and whether it is claimed
 * (docs/reference/agent.md#claim-inputs, #claimed). Values may be secret and stay in memory.
 */
import type { DiscoverOptions } from './discover-options.js';
import type { Environment } from './proxy-choice.js';
import { readConfigFile } from './installation.js';
import type { ConfigFile, Installed } from './installation.js';
import type { FileResult, HostReader } from './reader.js';
import { builtIn, fromFile, optionSource, switchFrom } from './setting.js';
import type { Setting, SwitchSetting } from './setting.js';
import type { AgentRules } from './versions.js';

const MAX_RAW_BYTES = 64 * 1024;

export type ClaimInputKind = 'claim.conf' | 'environment' | 'split_files' | 'cloud_config' | 'script';

/** One source that the Agent can claim from. */
export interface ClaimInput {
  readonly kind: ClaimInputKind;
  /** True when it has what the Agent insists on: a token and a URL. */
  readonly complete: boolean;
  /** True when somebody wrote anything into it. */
  readonly present: boolean;
  readonly url: Setting;
  readonly token: Setting | null;
  readonly rooms: Setting | null;
  readonly proxy: Setting;
  readonly insecure: SwitchSetting;
}

/** A file whose whole content is the value. */
interface RawFile {
  readonly path: string;
  readonly result: FileResult;
  /** Content as text, cut at a NUL as the Agent's strings are; null when it was not read. */
  readonly text: string | null;
}

export interface ClaimFiles {
  readonly claimConf: ConfigFile;
  readonly cloudConf: ConfigFile;
  readonly netdataConf: ConfigFile;
  readonly tokenFile: RawFile;
  readonly roomsFile: RawFile;
  readonly claimedIdFile: RawFile;
  /** Files of the right name in places that no version reads. */
  readonly strays: readonly ConfigFile[];
}

interface LinkSettings {
  readonly url: Setting;
  readonly proxy: Setting;
  readonly insecure: SwitchSetting;
}

export interface ClaimSettings {
  readonly files: ClaimFiles;
  /** null = could not tell. */
  readonly claimed: boolean | null;
  /** In the order in which the Agent tries them. */
  readonly inputs: readonly ClaimInput[];
  /** The one that the claim leg is judged by. */
  readonly claim: ClaimInput;
  /** What the link uses once claimed and restarted. */
  readonly link: LinkSettings;
  /** What cloud.conf and netdata.conf say today, for the link of a claimed Agent. */
  readonly stored: LinkSettings;
}

async function readRaw(reader: HostReader, path: string): Promise<RawFile> {
  const result = await reader.readFile(path, MAX_RAW_BYTES);
  const text = result.state === 'read' ? (new TextDecoder().decode(result.bytes).split('\0')[0] ?? '') : null;
  return { path, result, text };
}

/** Before 2.3.0 cloud.conf is read before netdata.conf has said where the lib directory is. */
function cloudConfDir({ installation, builtInLibDir }: Installed, rules: AgentRules): string {
  if (rules.cloudConfFollowsLib || builtInLibDir === undefined) return installation.cloudDir;
  return `${builtInLibDir}/cloud.d`;
}

export async function readClaimFiles(reader: HostReader, installed: Installed, rules: AgentRules): Promise<ClaimFiles> {
  const { configDir, cloudDir } = installed.installation;
  const places = [`${configDir}/cloud.conf`, `${configDir}/cloud.d/cloud.conf`, `${cloudDir}/claim.conf`];
  const [claimConf, cloudConf, tokenFile, roomsFile, claimedIdFile, ...strays] = await Promise.all([
    readConfigFile(reader, `${configDir}/claim.conf`),
    readConfigFile(reader, `${cloudConfDir(installed, rules)}/cloud.conf`),
    readRaw(reader, `${cloudDir}/token`),
    readRaw(reader, `${cloudDir}/rooms`),
    readRaw(reader, `${cloudDir}/claimed_id`),
    ...places
      .filter((path) => path !== `${cloudDir}/cloud.conf` && path !== `${configDir}/claim.conf`)
      .map(async (path) => readConfigFile(reader, path)),
  ]);
  const { netdataConf } = installed;
  return { claimConf, cloudConf, netdataConf, tokenFile, roomsFile, claimedIdFile, strays };
}

/** A UUID as the Agent's lenient parser takes it, and not all zeros. */
function isClaimedId(text: string): boolean {
  const match = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})/i.exec(text);
  return match !== null && /[1-9a-f]/i.test(match[0]);
}

function isClaimed(files: ClaimFiles, rules: AgentRules): boolean | null {
  const inConf = rules.claimsByItself ? fromFile(files.cloudConf, 'global', 'claimed_id') : null;
  if (inConf !== null && isClaimedId(inConf.value)) return true;
  const { text } = files.claimedIdFile;
  // Older versions want the id and nothing else: a line end behind it is one character too many.
  if (text !== null && isClaimedId(text) && !(rules.claimedIdStrict && !/^[0-9a-fA-F-]+$/.test(text))) return true;
  const hidden = [files.cloudConf.result, files.claimedIdFile.result].some(({ state }) => state === 'unreadable');
  return hidden ? null : false;
}

const defaultProxy: Setting = { value: 'env', source: builtIn('default proxy setting: env') };

function storedSettings(files: ClaimFiles, rules: AgentRules, defaultUrl: string): LinkSettings {
  const { cloudConf, netdataConf } = files;
  const older = fromFile(cloudConf, 'global', 'cloud base url');
  const url = rules.urlKey === 'url' ? (fromFile(cloudConf, 'global', 'url') ?? older) : older;
  const inCloudConf = rules.linkProxyInCloudConf ? fromFile(cloudConf, 'global', 'proxy') : null;
  const proxy = fromFile(netdataConf, 'cloud', 'proxy') ?? inCloudConf;
  return {
    url: url ?? { value: defaultUrl, source: builtIn('built-in base URL') },
    proxy: proxy ?? defaultProxy,
    insecure: switchFrom(fromFile(cloudConf, 'global', 'insecure'), builtIn('default: verification on')),
  };
}

const MISSING_PROXY = 'default proxy setting of the claim';

function claimConfInput(files: ClaimFiles, rules: AgentRules, defaultUrl: string): ClaimInput {
  const get = (key: string): Setting | null => fromFile(files.claimConf, 'global', key);
  const url = get('url') ?? { value: defaultUrl, source: builtIn('built-in base URL') };
  const token = get('token');
  return {
    kind: 'claim.conf',
    complete: token !== null && token.value !== '' && url.value !== '',
    present: ['url', 'token', 'rooms', 'proxy', 'insecure'].some((key) => get(key) !== null),
    url,
    token,
    rooms: get('rooms'),
    proxy: get('proxy') ?? {
      value: rules.claimProxyDefault,
      source: builtIn(`${MISSING_PROXY}: ${rules.claimProxyDefault}`),
    },
    insecure: switchFrom(get('insecure'), builtIn('default: verification on')),
  };
}

function environmentInput(environment: Environment, rules: AgentRules, stored: LinkSettings): ClaimInput {
  const get = (name: string): Setting | null => {
    const value = environment.get(name);
    return value === undefined || value === '' ? null : { value, source: { kind: 'environment', name, line: null } };
  };
  const token = get('NETDATA_CLAIM_TOKEN');
  const options = get('NETDATA_EXTRA_CLAIM_OPTS');
  const words = options?.value.split(/[ \t\n\v\f\r]+/) ?? [];
  const insecure =
    rules.extraOptsInsecure === 'the_word'
      ? words.includes('-insecure')
      : options !== null && !options.value.includes('-insecure');
  const proxy = get('NETDATA_CLAIM_PROXY');
  return {
    kind: 'environment',
    complete: token !== null && (get('NETDATA_CLAIM_URL') ?? stored.url).value !== '',
    present: ['NETDATA_CLAIM_URL', 'NETDATA_CLAIM_TOKEN', 'NETDATA_CLAIM_PROXY'].some((name) => get(name) !== null),
    url: get('NETDATA_CLAIM_URL') ?? stored.url,
    token,
    rooms: get('NETDATA_CLAIM_ROOMS'),
    proxy: proxy ?? { value: rules.claimProxyDefault, source: builtIn(`${MISSING_PROXY}: ${rules.claimProxyDefault}`) },
    insecure: {
      on: insecure,
      raw: options?.value ?? null,
      source: options?.source ?? builtIn('default: verification on'),
    },
  };
}

function storedInput(kind: 'split_files' | 'cloud_config', files: ClaimFiles, stored: LinkSettings): ClaimInput {
  const raw = (file: RawFile): Setting | null =>
    file.text === null || file.text === ''
      ? null
      : { value: file.text, source: { kind: 'file', name: file.path, line: null } };
  const token = kind === 'split_files' ? raw(files.tokenFile) : null;
  return {
    kind,
    complete: token !== null,
    present: token !== null,
    ...stored,
    token,
    rooms: kind === 'split_files' ? raw(files.roomsFile) : null,
  };
}

/** Nothing to claim with was written: the claim to come has the proxy that is set by default, if none is stored. */
function unwrittenInput(files: ClaimFiles, stored: LinkSettings, rules: AgentRules): ClaimInput {
  const input = storedInput('cloud_config', files, stored);
  if (rules.claimProxyDefault === 'env' || stored.proxy !== defaultProxy) return input;
  return { ...input, proxy: { value: 'none', source: builtIn(`${MISSING_PROXY}: none`) } };
}

/** The built-in base URL; some versions had the host of the API there. */
function defaultUrls(rules: AgentRules, newest: string): { readonly daemon: string; readonly script: string } {
  const of = (host: string): string => newest.replace('app.netdata.cloud', host);
  return { daemon: of(rules.daemonDefaultHost), script: of(rules.scriptDefaultHost) };
}

/**
 * Up to 1.47.5 a script claims, run by hand, by kickstart or by a container's start: with its options, and with the
 * environment of who runs it. Nothing is left behind to claim from, but what containers set.
 */
function scriptInput(
  files: ClaimFiles,
  environment: Environment,
  stored: LinkSettings,
  defaultUrl: string,
): ClaimInput {
  const get = (name: string): Setting | null => {
    const value = environment.get(name);
    return value === undefined || value === '' ? null : { value, source: { kind: 'environment', name, line: null } };
  };
  const fallback = storedInput('cloud_config', files, stored);
  const token = get('NETDATA_CLAIM_TOKEN');
  return {
    ...fallback,
    kind: 'script',
    complete: token !== null,
    present: token !== null,
    token,
    rooms: get('NETDATA_CLAIM_ROOMS'),
    url: get('NETDATA_CLAIM_URL') ?? { value: defaultUrl, source: builtIn('built-in base URL of the claim script') },
    proxy: get('NETDATA_CLAIM_PROXY') ?? {
      value: 'env',
      source: builtIn('no -proxy= given to the claim script: the environment of who runs it'),
    },
  };
}

function override<T extends { url: Setting; proxy: Setting; insecure: SwitchSetting }>(
  settings: T,
  options: DiscoverOptions,
): T {
  const { url, proxy, insecure } = options;
  return {
    ...settings,
    ...(url === undefined ? {} : { url: { value: url, source: optionSource('--url') } }),
    ...(proxy === undefined ? {} : { proxy: { value: proxy, source: optionSource('--proxy') } }),
    ...(insecure === undefined ? {} : { insecure: { on: insecure, raw: null, source: optionSource('--insecure') } }),
  };
}

/** Everything the two sides are configured by; pure over what was read. */
export function claimSettings(
  files: ClaimFiles,
  environment: Environment,
  rules: AgentRules,
  options: DiscoverOptions,
): ClaimSettings {
  const defaults = defaultUrls(rules, options.defaultUrl);
  const stored = storedSettings(files, rules, defaults.daemon);
  const fallback = rules.claimsByItself
    ? unwrittenInput(files, stored, rules)
    : scriptInput(files, environment, stored, defaults.script);
  const inputs = rules.claimsByItself
    ? [
        claimConfInput(files, rules, defaults.daemon),
        environmentInput(environment, rules, stored),
        storedInput('split_files', files, stored),
      ]
    : [];
  const chosen = inputs.find(({ complete }) => complete) ?? inputs.find(({ present }) => present) ?? fallback;
  const claimed = isClaimed(files, rules);
  // What a claim writes to cloud.conf is what the link starts with next time; netdata.conf still wins
  // (docs/reference/agent.md#t22).
  const netdataProxy = fromFile(files.netdataConf, 'cloud', 'proxy');
  const link =
    claimed === true || !rules.claimsByItself
      ? stored
      : {
          url: chosen.url,
          proxy: netdataProxy ?? chosen.proxy,
          insecure: chosen.insecure,
        };
  return {
    files,
    claimed,
    inputs,
    claim: override(chosen, options),
    link: override(link, options),
    stored,
  };
}
