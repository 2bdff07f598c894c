/**
 * Discovery: what the Agent on this host would use, each value with its source, and the in-memory companions
 * that probes need. Everything is read through the reader; nothing is written and no socket is opened.
 */
import type { AgentFacts } from '../model/agent.js';
import { UsageError } from '../model/errors.js';
import type { Discovery } from '../model/planned.js';
import { agentAccount, serviceAccount, type Account } from './account.js';
import { builtWithoutCloud, findVersion } from './agent-version.js';
import { claimSettings, readClaimFiles } from './claim-settings.js';
import type { ClaimSettings } from './claim-settings.js';
import type { DiscoverOptions } from './discover-options.js';
import { chooseEnvironment } from './environment.js';
import type { AgentEnvironment } from './environment.js';
import { HostObservations } from './host-observations.js';
import { findInstallation, isOurs } from './installation.js';
import type { Installed } from './installation.js';
import { legSettings } from './leg-settings.js';
import { lint } from './lint.js';
import type { LintContext } from './lint.js';
import { privateKeyFacts } from './private-key.js';
import { hostProxies, proxiesAtHand, rawProxyValues } from './proxies-at-hand.js';
import { claimToolOf } from './claim-tool.js';
import { chooseClaimProxy, chooseLinkProxy } from './proxy-choice.js';
import type { HostReader } from './reader.js';
import { planRoutes } from './routes.js';
import { knownSecrets } from './secrets.js';
import { settingsTable } from './settings-table.js';
import { readUnit, type UnitEnvironment } from './systemd-unit.js';
import { readTrustStores } from './trust-stores.js';
import { readUrlAsCurl, readUrlAsLink } from './url.js';
import { rulesFor } from './versions.js';

const MAX_GUID_BYTES = 256;

/** `--url` must be what a person means by a URL; what stands in files is read as the Agent reads it. */
function checkUrl(url: string | undefined): void {
  if (url === undefined) return;
  const reading = /^https?:\/\//i.test(url) && URL.canParse(url) ? readUrlAsCurl(url) : null;
  if (reading?.kind !== 'url') throw new UsageError('--url: not a URL of the form https://host[:port]');
}

async function machineGuid(reader: HostReader, installed: Installed): Promise<string | null> {
  const path = `${installed.installation.libDir}/registry/netdata.public.unique.id`;
  const file = await reader.readFile(path, MAX_GUID_BYTES);
  return file.state === 'read' ? new TextDecoder().decode(file.bytes) : null;
}

function observeFiles(observations: HostObservations, { files }: ClaimSettings): void {
  for (const { path, result, ini } of [files.claimConf, files.cloudConf, files.netdataConf]) {
    observations.file(path, result, ini.problems);
  }
  const others = [files.claimedIdFile, files.tokenFile, files.roomsFile, ...files.strays];
  for (const { path, result } of others) {
    if (result.state !== 'missing') observations.file(path, result);
  }
}

/** The files as the running Agent sees them: its service may have mounts of its own over ours. */
function asSeen(reader: HostReader, { process }: Installed): HostReader {
  return (process === null ? null : reader.seenBy(process.pid)) ?? reader;
}

/** The host's and the doctor's other environments: proxies at hand, secrets to hide. */
function environmentsOf(reader: HostReader, environment: AgentEnvironment) {
  const own = { whose: 'this shell', variables: reader.environment };
  return environment.source === 'self' ? [own] : [{ whose: 'the Agent', variables: environment.variables }, own];
}

/** Anybody may start a process of this name: what it was started with is read, but believed to be somebody's. */
function strangerText({ process }: AgentFacts): string {
  const { pid, user, uid } = process ?? { pid: 0, user: null, uid: null };
  const who = user ?? `user ${String(uid)}`;
  return `whether process ${String(pid)} is the Agent: not checked because it runs as ${who}, neither root nor the Agent's account; its settings are read all the same`;
}

function namesDirectories({ netdataConf }: Installed): boolean {
  return netdataConf.ini.entries.some(
    ({ section, key }) => section === 'directories' || (section === 'global' && key.endsWith('directory')),
  );
}

/** Whom the Agent runs as, before anything else is read; null = not known. */
export async function whoIsAgent(
  reader: HostReader,
  options: Pick<DiscoverOptions, 'prefix' | 'configDir' | 'libDir' | 'pid'>,
): Promise<{ readonly account: Account | null; readonly pid: number | null }> {
  const unit = await readUnit(reader);
  const installed = await findInstallation(reader, options, unit);
  return {
    account: await agentAccount(reader, installed, unitOf(installed, unit)),
    pid: installed.process?.pid ?? null,
  };
}

/** The unit, where it starts this installation: it may be left over, or be that of another one. */
function unitOf({ process, installation }: Installed, unit: UnitEnvironment | null): UnitEnvironment | null {
  const starts = process !== null || unit?.program == null || unit.program === installation.binary;
  return starts ? unit : null;
}

/** Up to 2.2.6 cloud.conf stays in the built-in place, whatever netdata.conf says of the lib directory. */
function withCloudConf({ installation }: Installed, path: string): Installed['installation'] {
  return path === `${installation.cloudDir}/cloud.conf` ? installation : { ...installation, cloudConf: path };
}

/**
 * Reads the Agent's own settings exactly as the Agent reads them. Throws UsageError for options that cannot be met;
 * everything that is merely missing, unreadable or malformed is an observation.
 */
export async function discover(reader: HostReader, options: DiscoverOptions): Promise<Discovery> {
  checkUrl(options.url);
  const observations = new HostObservations(options);
  const anyUnit = await readUnit(reader);
  const installed = await findInstallation(reader, options, anyUnit);
  const unit = unitOf(installed, anyUnit);
  const [version, environment, account] = await Promise.all([
    findVersion(reader, options, installed),
    chooseEnvironment(reader, installed.process, unit, options.envFrom),
    agentAccount(reader, installed, unit),
  ]);
  const rules = rulesFor(version.value);
  const [files, trust, key, guid, found, withoutCloud, claimTool] = await Promise.all([
    readClaimFiles(reader, installed, rules),
    readTrustStores(asSeen(reader, installed), installed, environment.variables, options.mozillaRoots, account, rules),
    privateKeyFacts(reader, installed, account),
    machineGuid(reader, installed),
    hostProxies(reader),
    rules.mayLackCloud ? builtWithoutCloud(reader, installed) : null,
    rules.claimsByItself ? ('curl' as const) : claimToolOf(reader),
  ]);
  const settings = claimSettings(files, environment.variables, rules, options);
  observations.environment(environment);
  observeFiles(observations, settings);
  if (key.state === 'missing') observations.file(key.path, { state: 'missing' });
  if (key.state === 'unreadable_for_agent') observations.file(key.path, { state: 'unreadable', code: 'EACCES' });
  const stores = observations.trust(trust);

  const claimUrl = readUrlAsCurl(settings.claim.url.value);
  const linkUrl = readUrlAsLink(settings.link.url.value);
  const target = claimUrl.kind === 'url' ? claimUrl : { host: '', tls: true };
  // A script claims with the environment of who runs it, unless a container brings a token of its own.
  const byHand = settings.claim.kind === 'script' && !settings.claim.complete;
  const claimEnvironment = byHand ? reader.environment : environment.variables;
  const context: LintContext = {
    settings,
    installed,
    version: version.value,
    rules,
    environment,
    unit,
    reader,
    claimProxy: chooseClaimProxy(settings.claim.proxy, claimEnvironment, target, claimTool),
    claimTool,
    linkProxy: chooseLinkProxy(settings.link.proxy, environment.variables, rules),
    claimUrl,
    linkUrl,
    trust,
    key,
    withoutCloud,
    observationOf: (source) => observations.of(source),
  };
  const environments = environmentsOf(reader, environment);
  const atHand = proxiesAtHand(settings, environments, found, rules);
  const plan = planRoutes(context.claimProxy, context.linkProxy, atHand, rules.linkUsesSocks);
  const all = [reader.environment, environment.variables, ...(unit === null ? [] : [unit.variables])];
  const proxyValues = [
    ...rawProxyValues(settings, all, found),
    ...(options.proxy === undefined ? [] : [options.proxy]),
  ];
  const { process } = installed;
  const writer = await serviceAccount(reader, unit);
  const facts: AgentFacts = {
    installation: withCloudConf(installed, files.cloudConf.path),
    version,
    process:
      process === null
        ? null
        : {
            pid: process.pid,
            uid: process.uid,
            user: process.uid === null ? null : await reader.userName(process.uid),
            environmentReadable: environment.daemonReadable,
            ...(isOurs(process) ? {} : { ownNamespaces: true as const }),
          },
    claimed: settings.claimed,
    environmentSource: environment.source,
    settings: settingsTable(context),
    legs: legSettings(context, plan, options),
    trustStores: stores.map((store) => store.facts),
    facts: lint(context),
  };
  return {
    facts,
    observations: observations.list,
    routes: plan.routes,
    trustStores: stores,
    secrets: knownSecrets(settings, all, proxyValues, guid),
    notChecked: installed.stranger ? [strangerText(facts)] : [],
    writing: {
      account: writer === null ? null : { uid: writer.uid, gid: writer.gids[0] ?? writer.uid, groups: writer.gids },
      directoriesNamedBy: namesDirectories(installed) ? installed.netdataConf.path : null,
    },
  };
}
