/** What the Agent is: installed or not, claimed or not, with its key or not, switched off or not; and old settings. */
import { iniBoolean } from '../ini.js';
import { fromFile } from '../setting.js';
import { OLDEST_READ, standingOf } from '../versions.js';
import { CLAIM_LEG, ENVIRONMENT, LINK_LEGS } from './context.js';
import type { FactDraft, LintContext } from './context.js';

function frame(context: LintContext): FactDraft[] {
  const { installed, settings, version } = context;
  const drafts: FactDraft[] = [];
  // One that lives in namespaces of its own is told of by itself.
  if (!installed.installation.found && installed.elsewhere.length === 0) {
    drafts.push({
      finding: 'agent.not_installed',
      kind: 'no_program',
      effect: 'note',
      source: ENVIRONMENT,
      text: `no Agent was found on this host: the answer is for one that would be installed (version ${version})`,
      legs: [],
    });
  }
  if (settings.claimed === true) {
    const waiting = settings.inputs.filter(({ complete }) => complete).map(({ kind }) => kind);
    const ignored = waiting.length === 0 ? '' : `; what stands in ${waiting.join(', ')} is not looked at any more`;
    const inConf = fromFile(settings.files.cloudConf, 'global', 'claimed_id');
    drafts.push({
      finding: 'agent.already_claimed',
      kind: 'claimed',
      effect: 'note',
      source: inConf?.source ?? { kind: 'file', name: settings.files.claimedIdFile.path, line: null },
      text: `the Agent is claimed already${ignored}`,
      legs: CLAIM_LEG,
      data: { ignoredInputs: waiting.join(' ') },
    });
  }
  return drafts;
}

function keyMissing(context: LintContext): FactDraft[] {
  const { key, settings } = context;
  if (settings.claimed !== true || key.state === 'readable' || key.state === 'unknown') return [];
  return [
    {
      finding: 'agent.key_missing',
      kind: key.state,
      effect: 'blocks',
      source: { kind: 'file', name: key.path, line: null },
      text:
        key.state === 'missing'
          ? `the Agent is claimed, but its private key is not at ${key.path}: it never gets as far as the network`
          : `the private key ${key.path} may not be read by the Agent's user ${key.user}`,
      legs: LINK_LEGS,
      data: { user: key.user },
    },
  ];
}

function tooOld({ version, installed }: LintContext): FactDraft[] {
  if (!installed.installation.found || standingOf(version) !== 'too_old') return [];
  return [
    {
      finding: 'agent.too_old',
      kind: 'version',
      effect: 'note',
      source: { kind: 'file', name: installed.installation.binary ?? '', line: null },
      text: `version ${version} is older than ${OLDEST_READ}, the first that Netdata Cloud still takes`,
      legs: [...CLAIM_LEG, ...LINK_LEGS],
    },
  ];
}

function linkDisabled(context: LintContext): FactDraft[] {
  const { settings, rules, environment, withoutCloud, installed } = context;
  const enabled = fromFile(settings.files.cloudConf, 'global', 'enabled');
  const drafts: FactDraft[] = [];
  if (withoutCloud === true) {
    drafts.push({
      finding: 'agent.too_old',
      kind: 'built_without_cloud',
      effect: 'blocks',
      source: { kind: 'file', name: installed.installation.binary ?? '', line: null },
      text: 'this Agent was built without support for Netdata Cloud',
      legs: [...CLAIM_LEG, ...LINK_LEGS],
    });
  }
  if (enabled !== null && !iniBoolean(enabled.value)) {
    drafts.push({
      finding: 'agent.link_disabled',
      kind: rules.honoursEnabled ? 'disabled' : 'key_not_read',
      effect: rules.honoursEnabled ? 'blocks' : 'note',
      source: enabled.source,
      text: rules.honoursEnabled
        ? 'cloud.conf switches the link off'
        : 'only Agents before version 2 obey `enabled`: this one connects all the same once it is claimed',
      legs: LINK_LEGS,
    });
  }
  const byVariable = environment.variables.get('NETDATA_DISABLE_CLOUD')?.startsWith('1') === true;
  const variable = rules.disableCloudVariable;
  if (byVariable && (variable === 'beats_file' || (variable === 'default_only' && enabled === null))) {
    drafts.push({
      finding: 'agent.link_disabled',
      kind: 'variable',
      effect: 'blocks',
      source: ENVIRONMENT,
      text: 'NETDATA_DISABLE_CLOUD=1 switches the link off',
      legs: LINK_LEGS,
    });
  }
  return drafts;
}

function oldKeys(context: LintContext): FactDraft[] {
  const { settings, rules } = context;
  const { cloudConf, netdataConf } = settings.files;
  const drafts: FactDraft[] = [];
  const add = (source: FactDraft['source'], kind: string, effect: FactDraft['effect'], text: string): void => {
    drafts.push({ finding: 'agent.config_syntax', kind, effect, source, text, legs: LINK_LEGS });
  };
  const older = fromFile(cloudConf, 'global', 'cloud base url');
  const newer = fromFile(cloudConf, 'global', 'url');
  if (rules.urlKey === 'url' && older !== null) {
    if (newer !== null && newer.value !== older.value) {
      add(
        older.source,
        'obsolete_key',
        'value',
        '`cloud base url` is the old name of `url`, which is set too and wins: this line is ignored',
      );
    } else if (newer === null)
      add(older.source, 'obsolete_key', 'note', '`cloud base url` is the old name of `url`; it is still understood');
  }
  if (rules.urlKey === 'cloud base url' && newer !== null && older === null) {
    add(
      newer.source,
      'key_not_read',
      'value',
      'this version reads `cloud base url`, not `url`: the built-in URL is used',
    );
  }
  if (rules.claimsByItself) {
    const statistics = fromFile(netdataConf, 'cloud', 'statistics');
    if (statistics !== null)
      add(statistics.source, 'obsolete_key', 'note', '`[cloud] statistics` is not read since version 2');
    const threads = fromFile(netdataConf, 'cloud', 'query thread count');
    if (threads !== null)
      add(
        threads.source,
        'obsolete_key',
        'note',
        '`query thread count` is the old name of `query threads`; it is still understood',
      );
  }
  const mqtt5 = fromFile(netdataConf, 'cloud', 'mqtt5');
  if (mqtt5 !== null)
    add(mqtt5.source, 'obsolete_key', 'note', '`mqtt5` is not read any more: the link always speaks MQTT 5');
  return drafts;
}

/** netdata.conf beats cloud.conf for the link, and nothing else (docs/reference/agent.md#t22). */
function overriddenProxy(context: LintContext): FactDraft[] {
  const { cloudConf, netdataConf } = context.settings.files;
  const stronger = fromFile(netdataConf, 'cloud', 'proxy');
  const weaker =
    context.settings.claimed === true ? fromFile(cloudConf, 'global', 'proxy') : context.settings.claim.proxy;
  if (
    stronger === null ||
    weaker === null ||
    weaker.source.kind !== 'file' ||
    weaker.source.name === stronger.source.name
  )
    return [];
  if (stronger.value === weaker.value) return [];
  return [
    {
      finding: 'agent.config_syntax',
      kind: 'proxy_overridden',
      effect: 'note',
      source: stronger.source,
      text: `[cloud] proxy of netdata.conf wins over the proxy of ${weaker.source.name} for the link, not for the claim`,
      legs: LINK_LEGS,
    },
  ];
}

export function lintState(context: LintContext): FactDraft[] {
  return [
    ...frame(context),
    ...keyMissing(context),
    ...tooOld(context),
    ...linkDisabled(context),
    ...oldKeys(context),
    ...overriddenProxy(context),
  ];
}
