/** The table of settings: each value, where it stands, and what either side makes of it. Pure; values are masked. */
import type { EffectiveSetting } from '../model/agent.js';
import type { ClaimInput, ClaimInputKind } from './claim-settings.js';
import { maskVariable, PROXY_VARIABLES, TRUST_VARIABLES } from './environment.js';
import type { LintContext } from './lint/context.js';
import { HIDDEN, maskBaseUrl, maskUrl } from './mask.js';
import type { ProxyChoice } from './proxy-choice.js';
import { claimVariables, linkVariables, problemWords } from './proxy-choice.js';
import { describeReading } from './proxy-reading.js';
import type { Setting, SwitchSetting } from './setting.js';
import { fromFile } from './setting.js';
import type { UrlReading } from './url.js';

const INPUT_WORDS: Readonly<Record<ClaimInputKind, string>> = {
  'claim.conf': 'claim.conf',
  environment: 'the environment',
  split_files: 'the split files',
  cloud_config: 'cloud.conf',
  script: 'the claim script',
};

/** `claim.conf:4`, `--proxy`. */
function shortSource({ name, line }: Setting['source']): string {
  return `${name.split('/').at(-1) ?? name}${line === null ? '' : `:${String(line)}`}`;
}

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
  const [problem] = reading.problems;
  // Why it is not the proxy that stands there.
  if (problem !== undefined && reading.kind === 'unusable') return `cannot be used: ${problemWords(problem)}${through}`;
  if (problem !== undefined && reading.kind === 'direct') return `direct: ${problemWords(problem)}${through}`;
  return `${describeReading(reading)}${through}`;
}

function insecureWords({ settings, rules }: LintContext): string {
  if (!rules.linkHonoursInsecure) return 'verifies: this version does not look at it here';
  return settings.link.insecure.on ? 'accepts a bare self-signed certificate' : 'verifies';
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

const CLAIMED = 'not looked at: claimed already';

interface Side {
  readonly source: Setting['source'];
  /** Masked. */
  readonly value: string;
  readonly words: string;
}

/** One setting of both sides: one row where they have it from the same place, else two. */
function bothSides(context: LintContext, name: string, claim: Side, link: Side): EffectiveSetting[] {
  const claimed = context.settings.claimed === true;
  const claimReads = claimed ? CLAIMED : claim.words;
  if (claim.source === link.source) {
    const later = !claimed && name === 'proxy' && link.source.kind !== 'default' ? ', after claiming' : '';
    return [row(`${claimed ? 'link' : 'claim'}.${name}`, link, link.value, claimReads, link.words + later)];
  }
  return [
    row(`claim.${name}`, claim, claim.value, claimReads, null),
    row(`link.${name}`, link, link.value, null, link.words),
  ];
}

/** What is in effect. */
function effectiveRows(context: LintContext): EffectiveSetting[] {
  const { settings, claimProxy, linkProxy, claimUrl, linkUrl } = context;
  const { claim, link } = settings;
  const url = ({ url: { source, value } }: typeof link, reading: UrlReading): Side => ({
    source,
    value: maskBaseUrl(value),
    words: urlWords(reading),
  });
  const proxy = ({ proxy: { source, value } }: typeof link, choice: ProxyChoice): Side => ({
    source,
    value: shownProxy(value),
    words: proxyWords(choice),
  });
  const insecure = ({ insecure: setting }: typeof link, words: string): Side => ({
    source: setting.source,
    value: switchValue(setting),
    words,
  });
  return [
    ...bothSides(context, 'url', url(claim, claimUrl), url(link, linkUrl)),
    ...tokenRows(context),
    ...bothSides(context, 'proxy', proxy(claim, claimProxy), proxy(link, linkProxy)),
    ...bothSides(
      context,
      'insecure',
      insecure(claim, verification(claim.insecure.on)),
      insecure(link, insecureWords(context)),
    ),
  ];
}

function tokenRows({ settings: { claim, claimed } }: LintContext): EffectiveSetting[] {
  const { token, rooms } = claim;
  const rows: EffectiveSetting[] = [];
  const note = (words: string): string => (claimed === true ? CLAIMED : words);
  if (token !== null) {
    const empty = token.value === '';
    rows.push(
      row('claim.token', token, empty ? '' : HIDDEN, note(empty ? 'no token: no claim from here' : 'is set'), null),
    );
  }
  if (rooms !== null) {
    const count = rooms.value.split(',').filter((room) => room.trim() !== '').length;
    rows.push(row('claim.rooms', rooms, count === 0 ? '' : HIDDEN, note(`${String(count)} given`), null));
  }
  return rows;
}

/** Inputs that are there and not used, or used later. */
function otherInputs(context: LintContext): EffectiveSetting[] {
  const { settings } = context;
  return settings.inputs
    .filter((input) => input.kind !== settings.claim.kind && input.present)
    .flatMap((input: ClaimInput) => {
      const words =
        settings.claimed === true
          ? CLAIMED
          : input.complete
            ? `tried if ${INPUT_WORDS[settings.claim.kind]} fails`
            : 'not used: it has no token';
      const own = ({ source }: Setting): boolean =>
        source.kind !== 'default' && source !== settings.stored.url.source && source !== settings.stored.proxy.source;
      return [
        ...(own(input.url) ? [row('claim.url', input.url, maskBaseUrl(input.url.value), words, null)] : []),
        ...(input.token === null ? [] : [row('claim.token', input.token, HIDDEN, words, null)]),
        ...(own(input.proxy) ? [row('claim.proxy', input.proxy, shownProxy(input.proxy.value), words, null)] : []),
      ];
    });
}

/** A proxy of cloud.conf that something else stands in front of. */
function hiddenRows({ settings: { files, link } }: LintContext): EffectiveSetting[] {
  const stored = fromFile(files.cloudConf, 'global', 'proxy');
  const { source } = link.proxy;
  if (stored === null || (source.name === stored.source.name && source.line === stored.source.line)) return [];
  let why = 'until the Agent is claimed';
  if (source.kind === 'option') why = 'replaced by --proxy';
  else if (source.name === files.netdataConf.path) why = 'not looked at: netdata.conf wins';
  return [row('link.proxy', stored, shownProxy(stored.value), null, why)];
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
    if (!usesEnvironment) return `not looked at: ${shortSource(choice.source)} says which proxy`;
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
  return [...effectiveRows(context), ...otherInputs(context), ...hiddenRows(context), ...variableRows(context)];
}
