/** Base URLs that a side misreads (docs/reference/agent.md#base-url, #t24). */
import { maskBaseUrl } from '../mask.js';
import type { Setting } from '../setting.js';
import type { UrlProblem, UrlReading } from '../url.js';
import { CLAIM_LEG, LINK_LEGS, claimIsOpen } from './context.js';
import type { FactDraft, FactEffect, LintContext } from './context.js';

const WORDS: Readonly<Record<UrlProblem, string>> = {
  scheme_missing: 'it has no scheme',
  scheme_not_https: 'its scheme is not exactly https',
  port_zero: 'without https or http as its scheme the port is 0, and connecting is refused',
  port_unusable: 'its port is no port number',
  ipv6_literal_misread: 'an IPv6 address is cut at its last colon or kept with its brackets',
  userinfo: 'it holds a login',
  query_in_host: 'the ? or # stays in the host name',
  path_ignored: 'its path is ignored by the link',
  query: 'it has a query or fragment, and the path of the claim is appended behind it',
  no_host: 'it names no host',
  bad_host: 'its host holds characters that are not allowed',
  not_a_url: 'it is not a URL',
};

/** What a side makes of a URL that it can still use although it is odd. */
function effectOf(problem: UrlProblem, side: 'claim' | 'link', reading: UrlReading): FactEffect | null {
  if (reading.kind === 'unusable') return 'blocks';
  if (side === 'link') {
    // An explicit port makes any scheme good; then it is only an oddity.
    if (problem === 'scheme_missing') return reading.port === 0 ? null : 'note';
    if (problem === 'scheme_not_https') return reading.port === 0 || reading.port === 443 ? null : 'value';
    if (problem === 'port_unusable') return 'value';
    return problem === 'path_ignored' ? 'value' : 'blocks';
  }
  if (problem === 'scheme_missing') return null;
  // It goes there all right, for everybody on the way to read.
  if (problem === 'scheme_not_https') return 'note';
  return problem === 'query' ? 'blocks' : 'note';
}

function drafts(setting: Setting, reading: UrlReading, side: 'claim' | 'link'): FactDraft[] {
  if (setting.source.kind === 'default') return [];
  return reading.problems.flatMap((problem): FactDraft[] => {
    const effect = effectOf(problem, side, reading);
    if (effect === null) return [];
    const plain =
      side === 'claim' && problem === 'scheme_not_https'
        ? `; the claim, token included, goes unencrypted to port ${String(reading.kind === 'url' ? reading.port : 80)}`
        : '';
    return [
      {
        finding: 'agent.base_url_invalid',
        kind: problem,
        effect,
        source: setting.source,
        text: `base URL ${maskBaseUrl(setting.value)}: ${WORDS[problem]}${plain}`,
        legs: side === 'claim' ? CLAIM_LEG : LINK_LEGS,
        data: { side, port: reading.kind === 'url' ? reading.port : null },
      },
    ];
  });
}

function empty(setting: Setting): FactDraft[] {
  if (setting.value !== '') return [];
  return [
    {
      finding: 'agent.base_url_invalid',
      kind: 'empty',
      effect: 'blocks',
      source: setting.source,
      text: 'the base URL is set to nothing, which is not the same as not being set',
      legs: LINK_LEGS,
    },
  ];
}

/** A path keeps the claim apart from the link: the one follows it, the other does not. */
function pathIgnored(context: LintContext): FactDraft[] {
  const { linkUrl, settings } = context;
  if (linkUrl.kind !== 'url' || linkUrl.path === '/' || linkUrl.path === '') return [];
  return drafts(settings.link.url, { ...linkUrl, problems: ['path_ignored'] }, 'link').map((draft) => ({
    ...draft,
    effect: 'note',
  }));
}

export function lintUrls(context: LintContext): FactDraft[] {
  const { settings, claimUrl, linkUrl } = context;
  const open = claimIsOpen(context);
  return [
    ...(settings.link.url.value === '' ? empty(settings.link.url) : drafts(settings.link.url, linkUrl, 'link')),
    ...pathIgnored(context),
    ...(open && settings.claim.url.value !== '' ? drafts(settings.claim.url, claimUrl, 'claim') : []),
  ];
}
