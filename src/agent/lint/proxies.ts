/**
 * Proxy values that a side misreads, and sides that differ (docs/reference/agent.md#claim-proxy, #the-links-proxy, #t1,
 * #t2, #t7, #t8, #t9, #t10, #t22, #t23).
 */
import { assertNever } from '../../model/errors.js';
import type { FindingId } from '../../model/finding-id.js';
import type { Leg } from '../../model/route.js';
import { PROXY_VARIABLES } from '../environment.js';
import { chooseLinkProxy, chooseClaimProxy, problemWords } from '../proxy-choice.js';
import type { ProxyChoice } from '../proxy-choice.js';
import { describeReading, sameCredentials, sameRoute } from '../proxy-reading.js';
import type { ProxyProblem } from '../proxy-reading.js';
import { maskUrl } from '../mask.js';
import { CLAIM_LEG, ENVIRONMENT, LINK_LEGS, claimIsOpen } from './context.js';
import type { FactDraft, FactEffect, LintContext } from './context.js';

type Side = 'claim' | 'link';

interface Meaning {
  readonly finding: FindingId;
  readonly effect: FactEffect;
}

const HOST: Meaning = { finding: 'agent.proxy_host_misread', effect: 'blocks' };
const CREDENTIALS: Meaning = { finding: 'agent.proxy_credentials_misread', effect: 'value' };
const SCHEME: Meaning = { finding: 'agent.proxy_scheme_unsupported', effect: 'route' };
const PORT: Meaning = { finding: 'agent.proxy_port_missing', effect: 'value' };

/** What a problem of a reading is called; null = harmless on that side. */
function meaning(problem: ProxyProblem, side: Side): Meaning | null {
  switch (problem) {
    case 'scheme_unsupported':
      return side === 'claim' ? { ...SCHEME, effect: 'blocks' } : SCHEME;
    case 'socks_not_in_this_version':
      return SCHEME;
    case 'scheme_missing':
      // libcurl takes http for it, as its writer meant.
      return side === 'claim' ? null : SCHEME;
    case 'port_missing':
      return PORT;
    case 'port_unusable':
      return side === 'claim' ? HOST : PORT;
    case 'login_in_host':
    case 'slash_in_host':
    case 'ipv6_literal_cut':
    case 'at_sign_in_password':
    case 'leading_space':
    case 'bad_host':
    case 'no_host':
      return HOST;
    case 'no_password_separator':
    case 'empty_user':
    case 'credentials_truncated':
    case 'credentials_not_decoded':
    case 'plus_became_space':
      return CREDENTIALS;
    case 'credentials_too_long':
      return { ...CREDENTIALS, effect: 'blocks' };
    case 'control_character':
      return { ...CREDENTIALS, effect: 'route' };
    default:
      return assertNever(problem);
  }
}

/** One side stumbles over one thing in its proxy value. */
interface Misreading extends Meaning {
  readonly problem: ProxyProblem;
  readonly side: Side;
  readonly choice: ProxyChoice;
}

function misreadings(choice: ProxyChoice, side: Side): Misreading[] {
  if (choice.raw === null) return [];
  return choice.reading.problems.flatMap((problem) => {
    const found = meaning(problem, side);
    if (found === null) return [];
    const effect = problem === 'socks_not_in_this_version' && choice.endsLink === true ? 'blocks' : found.effect;
    return [{ ...found, effect, problem, side, choice }];
  });
}

/** What a side makes of the value in the end. */
function consequence({ side, choice: { reading, endsLink } }: Misreading): string {
  if (endsLink === true) return `the ${side} ends at the start of the Agent, and is not tried again until the next one`;
  if (reading.kind === 'proxy') return `the ${side} takes it for ${describeReading(reading)}`;
  return `the ${side} ${reading.kind === 'direct' ? 'connects directly' : 'fails'}`;
}

const portUsed = ({ choice: { reading } }: Misreading): number | null =>
  reading.kind === 'proxy' ? reading.port : null;

/** One fact, also where the claim stumbles over the same thing in the same value. */
function misreadingFact(one: Misreading, claimToo: Misreading | null = null): FactDraft {
  const { problem, side, choice, finding, effect } = one;
  const sides = claimToo === null ? [one] : [one, claimToo];
  return {
    finding,
    kind: problem,
    effect,
    source: choice.source,
    text: `proxy ${maskUrl(choice.raw ?? '')}: ${problemWords(problem)}; ${sides.map(consequence).join(', ')}`,
    legs: [...(side === 'claim' || claimToo !== null ? CLAIM_LEG : []), ...(side === 'link' ? LINK_LEGS : [])],
    data: {
      side: claimToo === null ? side : 'both',
      otherwise: choice.reading.kind,
      portUsed: portUsed(one),
      variable: choice.variable,
      ...(claimToo === null ? {} : { claimPortUsed: portUsed(claimToo) }),
    },
  };
}

/** Same value, other credentials: one side will be refused by the proxy. */
function differentCredentials(claim: ProxyChoice, link: ProxyChoice): FactDraft[] {
  if (claim.raw === null || claim.raw !== link.raw) return [];
  if (claim.reading.kind !== 'proxy' || link.reading.kind !== 'proxy') return [];
  if (sameCredentials(claim.reading.credentials, link.reading.credentials)) return [];
  return [
    {
      finding: 'agent.proxy_credentials_misread',
      kind: 'sides_differ',
      effect: 'value',
      source: link.source,
      text: `proxy ${maskUrl(link.raw ?? '')}: claim and link decode different credentials from the same value`,
      legs: [...CLAIM_LEG, ...LINK_LEGS],
      data: { side: 'both' },
    },
  ];
}

function environmentMismatch(context: LintContext): FactDraft[] {
  const { claimProxy, linkProxy, settings } = context;
  if (settings.claim.proxy.value !== 'env' || settings.link.proxy.value !== 'env') return [];
  if (claimProxy.variable === linkProxy.variable || claimProxy.bypass !== null) return [];
  if (sameRoute(claimProxy.reading, linkProxy.reading)) return [];
  const from = (choice: ProxyChoice): string => (choice.variable === null ? 'no variable it reads' : choice.variable);
  return [
    {
      finding: 'agent.proxy_env_mismatch',
      kind: 'sides_differ',
      effect: 'route',
      source: ENVIRONMENT,
      text:
        `from the same environment the claim takes ${describeReading(claimProxy.reading)} (${from(claimProxy)}) ` +
        `and the link ${describeReading(linkProxy.reading)} (${from(linkProxy)}); the link reads lower-case http_proxy` +
        `${context.rules.linkReadsHttpsProxy ? ', then https_proxy,' : ''} only`,
      legs: [...CLAIM_LEG, ...LINK_LEGS],
      data: { claimVariable: claimProxy.variable, linkVariable: linkProxy.variable },
    },
  ];
}

function noProxyMismatch(context: LintContext): FactDraft[] {
  const { bypass } = context.claimProxy;
  if (bypass === null || context.linkProxy.reading.kind === 'direct') return [];
  return [
    {
      finding: 'agent.no_proxy_mismatch',
      kind: 'claim_bypasses',
      effect: 'route',
      source: ENVIRONMENT,
      text: `${bypass.variable} covers the cloud's name: the claim connects directly although a proxy is set; the link does not look at ${bypass.variable} and takes the proxy`,
      legs: CLAIM_LEG,
      data: { variable: bypass.variable, item: bypass.item },
    },
  ];
}

/** Proxies that the running, or the first, process does not use yet (docs/reference/agent.md#t1). */
function notActiveYet(context: LintContext): FactDraft[] {
  const { settings, linkProxy, rules, environment, installed } = context;
  const { process } = installed;
  const finding = 'agent.proxy_not_active_yet';
  if (linkProxy.source.kind === 'option') return [];
  if (settings.claimed !== true) {
    const now = chooseLinkProxy(settings.stored.proxy, environment.variables, rules);
    if (!rules.proxyFrozenBeforeClaim || sameRoute(now.reading, linkProxy.reading)) return [];
    return [
      {
        finding,
        kind: 'after_claiming',
        effect: 'restart',
        source: settings.link.proxy.source,
        text: `the claim uses this proxy at once, the link only after the Agent was restarted once: until then it takes ${describeReading(now.reading)}`,
        legs: LINK_LEGS,
        data: {
          beforeRestart: describeReading(now.reading),
          afterRestart: describeReading(linkProxy.reading),
          running: process !== null,
        },
      },
    ];
  }
  const started = process?.startedAtMs ?? null;
  if (started === null) return [];
  const stored = settings.stored.proxy;
  const file = [settings.files.cloudConf, settings.files.netdataConf].find(({ path }) => path === stored.source.name);
  const changed = file?.changedAtMs ?? null;
  const drafts: FactDraft[] = [];
  if (stored.value !== 'env' && changed !== null && changed > started + 1000) {
    drafts.push({
      finding,
      kind: 'changed_after_start',
      effect: 'restart',
      source: stored.source,
      text: 'the file was written after the running Agent had started, which fixed its proxy then: this value holds after a restart',
      legs: LINK_LEGS,
      data: { afterRestart: describeReading(linkProxy.reading), running: true },
    });
  }
  const { unit } = context;
  if (stored.value === 'env' && environment.source === 'daemon' && unit !== null) {
    const next = chooseLinkProxy(stored, unit.variables, rules);
    if (!sameRoute(next.reading, linkProxy.reading) && next.variable !== null) {
      drafts.push({
        finding,
        kind: 'unit_changed',
        effect: 'restart',
        source: ENVIRONMENT,
        text: `the service unit sets ${next.variable}, but the running Agent was started without it: it holds after a restart`,
        legs: LINK_LEGS,
        data: {
          beforeRestart: describeReading(linkProxy.reading),
          afterRestart: describeReading(next.reading),
          running: true,
        },
      });
    }
  }
  return drafts;
}

/** The shell knows a proxy that the daemon does not. */
function notTheDaemons(context: LintContext): FactDraft[] {
  const { environment, reader, settings, rules, claimUrl } = context;
  if (environment.source === 'self') return [];
  const differing = PROXY_VARIABLES.filter(
    (name) =>
      (reader.environment.get(name) ?? '') !== '' && reader.environment.get(name) !== environment.variables.get(name),
  );
  if (differing.length === 0) return [];
  const target = claimUrl.kind === 'url' ? claimUrl : { host: '', tls: true };
  const pairs: readonly (readonly [ProxyChoice, ProxyChoice, readonly Leg[]])[] = [
    [
      context.claimProxy,
      chooseClaimProxy(settings.claim.proxy, reader.environment, target, context.claimTool),
      claimIsOpen(context) ? CLAIM_LEG : [],
    ],
    [context.linkProxy, chooseLinkProxy(settings.link.proxy, reader.environment, rules), LINK_LEGS],
  ];
  const legs = pairs.flatMap(([theirs, ours, side]) => (sameRoute(theirs.reading, ours.reading) ? [] : side));
  if (legs.length === 0) return [];
  const whose =
    environment.source === 'daemon' ? 'the running Agent was started without' : 'the service unit does not set';
  return [
    {
      finding: 'agent.env_not_daemons',
      kind: 'shell_only',
      effect: 'route',
      source: ENVIRONMENT,
      text: `this shell sets ${differing.join(', ')}, ${whose} ${differing.length > 1 ? 'them so' : 'it so'}: what works here may not work for the Agent`,
      legs,
      data: { variables: differing.join(' '), environment: environment.source },
    },
  ];
}

export function lintProxies(context: LintContext): FactDraft[] {
  const { claimProxy, linkProxy } = context;
  const open = claimIsOpen(context);
  const byClaim = open ? misreadings(claimProxy, 'claim') : [];
  const byLink = misreadings(linkProxy, 'link');
  return [
    ...misreadingFacts(byClaim, byLink),
    ...(open && byClaim.length + byLink.length === 0 ? differentCredentials(claimProxy, linkProxy) : []),
    ...environmentMismatch(context),
    ...(open ? noProxyMismatch(context) : []),
    ...notActiveYet(context),
    ...notTheDaemons(context),
  ];
}

/** What both sides stumble over in the same value is one fact, with what each takes instead. */
function misreadingFacts(claim: readonly Misreading[], link: readonly Misreading[]): FactDraft[] {
  const twin = (one: Misreading, others: readonly Misreading[]): Misreading | null =>
    others.find(
      (other) => one.choice.raw === other.choice.raw && one.finding === other.finding && one.problem === other.problem,
    ) ?? null;
  return [
    ...claim.map((one) => {
      const other = twin(one, link);
      return other === null ? misreadingFact(one) : misreadingFact(other, one);
    }),
    ...link.filter((one) => twin(one, claim) === null).map((one) => misreadingFact(one)),
  ];
}
