/** The table of settings: each value, where it stands, and what either side makes of it. Pure; values are masked. */
import type { EffectiveSetting } from '../model/agent.js';
import type { ClaimInput, ClaimInputKind } from './claim-settings.js';
import { maskVariable, PROXY_VARIABLES, TRUST_VARIABLES } from './environment.js';
import type { LintContext } from './lint/context.js';
import { HIDDEN, maskBaseUrl, maskUrl } from './mask.js';
import type { ProxyChoice } from './proxy-choice.js';
import { claimVariables, linkVariables, sourceWords } from './proxy-choice.js';
import { describeReading } from './proxy-reading.js';
import type { Setting, SwitchSetting } from './setting.js';
import { fromFile } from './setting.js';
import type { UrlReading } from './url.js';

const INPUT_WORDS: Readonly<Record<ClaimInputKind, string>> = {
  'claim.conf': 'claim.conf',
  environment: 'the environment',
  split_files: 'the split files',
  cloud_config: 'cloud.conf',
};

const shownProxy = (value: string): string => (['', 'env', 'none'].includes(value) ? value : maskUrl(value));

function urlWords(reading: UrlReading): string {
  if (reading.kind === 'unusable') return 'cannot be used';
  const tls = reading.tls ? '' : ', unencrypted';
  return `${reading.host}:${String(reading.port)}${tls}`;
}

function proxyWords(choice: ProxyChoice): string {
  const { reading, variable, bypass } = choice;
  if (bypass !== null) return `direct (${bypass.variable})`;
  const through = variable === null ? '' : ` (${variable})`;
  return `${describeReading(reading)}${through}`;
}

const verification = (on: boolean): string => (on ? 'accepts any certificate' : 'verifies');

function row(
  key: string,
  setting: { readonly source: Setting['source'] },
  value: string | null,
  claimReads: string | null,
  linkReads: string | null,
): EffectiveSetting {
  return { key, value, source: setting.source, claimReads, linkReads };
}

const switchValue = (setting: SwitchSetting): string => setting.raw ?? (setting.on ? 'yes' : 'no');

/** The claim input in effect. */
function claimRows(context: LintContext): EffectiveSetting[] {
  const { settings, claimProxy, claimUrl, linkUrl, linkProxy } = context;
  const { claim, link } = settings;
  const later = (source: Setting['source'], words: string): string | null =>
    link.url.source === source || link.proxy.source === source || link.insecure.source === source ? words : null;
  return [
    row(
      'claim.url',
      claim.url,
      maskBaseUrl(claim.url.value),
      urlWords(claimUrl),
      later(claim.url.source, urlWords(linkUrl)),
    ),
    ...(claim.token === null
      ? []
      : [
          row(
            'claim.token',
            claim.token,
            claim.token.value === '' ? '' : HIDDEN,
            claim.token.value === '' ? 'no token: no claim from here' : 'is set',
            null,
          ),
        ]),
    ...(claim.rooms === null
      ? []
      : [
          row(
            'claim.rooms',
            claim.rooms,
            claim.rooms.value.trim() === '' ? '' : HIDDEN,
            `${String(claim.rooms.value.split(',').filter((room) => room.trim() !== '').length)} given`,
            null,
          ),
        ]),
    row(
      'claim.proxy',
      claim.proxy,
      shownProxy(claim.proxy.value),
      proxyWords(claimProxy),
      later(claim.proxy.source, `${proxyWords(linkProxy)}, after claiming`),
    ),
    row('claim.insecure', claim.insecure, switchValue(claim.insecure), verification(claim.insecure.on), null),
  ];
}

/** Inputs that are there and not used, or used later. */
function otherInputs(context: LintContext): EffectiveSetting[] {
  const { settings } = context;
  return settings.inputs
    .filter((input) => input.kind !== settings.claim.kind && input.present)
    .flatMap((input: ClaimInput) => {
      const words = input.complete ? `tried if ${INPUT_WORDS[settings.claim.kind]} fails` : 'not used: it has no token';
      const own = ({ source }: Setting): boolean =>
        source.kind !== 'default' && source !== settings.stored.url.source && source !== settings.stored.proxy.source;
      return [
        ...(own(input.url) ? [row('claim.url', input.url, maskBaseUrl(input.url.value), words, null)] : []),
        ...(input.token === null ? [] : [row('claim.token', input.token, HIDDEN, words, null)]),
        ...(own(input.proxy) ? [row('claim.proxy', input.proxy, shownProxy(input.proxy.value), words, null)] : []),
      ];
    });
}

function linkRows(context: LintContext): EffectiveSetting[] {
  const { settings, linkUrl, linkProxy, rules } = context;
  const { link, claim, claimed } = settings;
  const claimedNote = claimed === true ? 'not looked at: claimed already' : null;
  const rows: EffectiveSetting[] = [];
  if (link.url.source !== claim.url.source)
    rows.push(row('link.url', link.url, maskBaseUrl(link.url.value), claimedNote, urlWords(linkUrl)));
  if (link.proxy.source !== claim.proxy.source)
    rows.push(row('link.proxy', link.proxy, shownProxy(link.proxy.value), claimedNote, proxyWords(linkProxy)));
  const honoured = rules.linkHonoursInsecure;
  const on = link.insecure.on && honoured ? 'accepts a bare self-signed certificate' : 'verifies';
  rows.push(
    row(
      'link.insecure',
      link.insecure,
      switchValue(link.insecure),
      claimedNote,
      honoured ? on : 'verifies: this version does not look at it here',
    ),
  );
  // What netdata.conf overrides, or a claim will overwrite.
  const stored = fromFile(settings.files.cloudConf, 'global', 'proxy');
  if (stored !== null && stored.source.line !== link.proxy.source.line) {
    const why =
      link.proxy.source.kind === 'option'
        ? 'replaced by --proxy'
        : link.proxy.source.name === settings.files.netdataConf.path
          ? 'not looked at: netdata.conf wins'
          : 'until the Agent is claimed';
    rows.push(row('link.proxy', stored, shownProxy(stored.value), null, why));
  }
  return rows;
}

function variableRows(context: LintContext): EffectiveSetting[] {
  const { environment, claimProxy, linkProxy, claimUrl, rules, settings } = context;
  const claimNames = claimVariables(claimUrl.kind === 'url' && !claimUrl.tls ? 'http' : 'https');
  const linkNames = linkVariables(rules);
  const reads = (
    choice: ProxyChoice,
    usesEnvironment: boolean,
    names: readonly string[],
    name: string,
  ): string | null => {
    if (!names.includes(name)) return null;
    if (!usesEnvironment) return `not looked at: the proxy comes from ${sourceWords(choice.source)}`;
    if (choice.variable === name || (choice.bypass !== null && choice.source.name === name)) return proxyWords(choice);
    return choice.variable === null ? null : `not reached: ${choice.variable} comes first`;
  };
  const rows: EffectiveSetting[] = [];
  for (const name of [...PROXY_VARIABLES, 'HTTP_PROXY', ...TRUST_VARIABLES]) {
    const value = environment.variables.get(name);
    if (value === undefined) continue;
    const source = { kind: 'environment', name, line: null } as const;
    const shown = maskVariable(name, value);
    let claimReads: string | null = null;
    let linkReads: string | null = null;
    if (name === 'no_proxy' || name === 'NO_PROXY') {
      if (claimProxy.bypass?.variable === name) claimReads = 'covers the cloud: direct';
      else if (claimProxy.raw !== null) claimReads = 'does not cover the cloud';
    } else if (name === 'SSL_CERT_FILE' || name === 'SSL_CERT_DIR') {
      linkReads = name === 'SSL_CERT_FILE' ? 'certificates from this file' : 'certificates from these directories';
    } else {
      claimReads = reads(claimProxy, settings.claim.proxy.value === 'env', claimNames, name);
      linkReads = reads(linkProxy, settings.link.proxy.value === 'env', linkNames, name);
    }
    rows.push({ key: `env.${name}`, value: shown, source, claimReads, linkReads });
  }
  return rows;
}

export function settingsTable(context: LintContext): readonly EffectiveSetting[] {
  return [...claimRows(context), ...otherInputs(context), ...linkRows(context), ...variableRows(context)];
}
