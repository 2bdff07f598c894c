/**
 * Every rule of the Agent that changed between versions, in one table. Where the history is known to the commit,
 * the first nightly build that carries it is named as well, because nightlies are numbered after the release
 * before them (`2.10.0-745-nightly` is older than 2.11.0 and newer than 2.10.4 in what it contains).
 * Sources: docs/reference/agent.md, the project's history.
 */

/** Newest release these rules were checked against. */
export const NEWEST_RELEASE = { version: '2.11.0', date: '2026-08-12' } as const;

export interface ParsedVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Commits after that release; null for the release itself. */
  readonly nightly: number | null;
}

/** Reads `v2.10.3`, `2.11.0-84-nightly`, `2.10.3+deb12u1`, `v2.11.0-84-gabcdef0`; null if it is no version. */
export function parseVersion(text: string): ParsedVersion | null {
  const match =
    /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-.](\d{1,6})(?:[-.](?:nightly|g[0-9a-f]+).*)?)?(?:[+~-].*)?$/.exec(
      text.trim(),
    );
  if (match === null) return null;
  const nightly = match[4] === undefined ? null : Number(match[4]);
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0), nightly };
}

function compareNumbers(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

const numbers = (version: ParsedVersion): number[] => [
  version.major,
  version.minor,
  version.patch,
  version.nightly ?? 0,
];

/** -1, 0 or 1; a nightly comes after the release it is numbered after. */
export function compareVersions(left: ParsedVersion, right: ParsedVersion): number {
  return compareNumbers(numbers(left), numbers(right));
}

/** The first release, and the first nightly, that has a change. */
interface Threshold {
  readonly release: string;
  readonly nightly: string;
}

interface Rule<T> {
  /** What changed, in one sentence. */
  readonly title: string;
  readonly before: T;
  readonly since: Threshold;
  readonly after: T;
}

const rule = <T>(title: string, before: T, since: Threshold, after: T): Rule<T> => ({ title, before, since, after });

/** Not in a release yet when this was written; the next minor one is taken for it. */
const NEXT_MINOR = '2.12.0';

const RULES = {
  claimsByItself: rule(
    'the daemon claims from claim.conf, the environment or split files; before, a script did it',
    false,
    { release: '1.99.0', nightly: '1.47.0-2' },
    true,
  ),
  honoursEnabled: rule(
    'cloud.conf `enabled = no` switches the link off',
    true,
    { release: '1.99.0', nightly: '1.47.0-2' },
    false,
  ),
  mayLackCloud: rule(
    'the Agent can be built without cloud support',
    true,
    { release: '1.99.0', nightly: '1.47.0-2' },
    false,
  ),
  urlKey: rule<'url' | 'cloud base url'>(
    'cloud.conf key of the base URL (the old name is still understood)',
    'cloud base url',
    { release: '1.99.0', nightly: '1.47.0-2' },
    'url',
  ),
  claimProxyDefault: rule<'env' | 'none'>(
    'proxy of the claim when none is set',
    'none',
    { release: '2.1.0', nightly: '2.0.0-117' },
    'env',
  ),
  linkDecodesProxyCredentials: rule(
    'the link percent-decodes proxy credentials',
    false,
    { release: '2.3.0', nightly: '2.2.0-36' },
    true,
  ),
  linkReadsHttpsProxy: rule(
    'the link reads https_proxy when http_proxy is empty',
    false,
    { release: '2.3.0', nightly: '2.2.0-271' },
    true,
  ),
  linkHonoursInsecure: rule('the link honours `insecure`', false, { release: '2.3.0', nightly: '2.2.0-271' }, true),
  proxyFrozenBeforeClaim: rule(
    'the link fixes its proxy at start-up, before claiming: a claim with a proxy needs a restart',
    false,
    { release: '2.3.0', nightly: '2.2.0-247' },
    true,
  ),
  linkUsesSocks: rule(
    'the link goes through SOCKS5 proxies (before, it went direct)',
    false,
    { release: '2.10.0', nightly: '2.9.0-135' },
    true,
  ),
  /** Before, any non-empty NETDATA_EXTRA_CLAIM_OPTS without the word switched verification off. */
  extraOptsInsecure: rule<'without_the_word' | 'the_word'>(
    'NETDATA_EXTRA_CLAIM_OPTS=-insecure means insecure',
    'without_the_word',
    { release: '2.11.0', nightly: '2.10.0-745' },
    'the_word',
  ),
  linkChecksName: rule(
    'the WebSocket leg checks the name in the certificate',
    false,
    { release: '2.11.0', nightly: '2.10.0-139' },
    true,
  ),
  headerWithoutSeparatorIsSafe: rule(
    'a header without `: ` is refused in order (before, the Agent could crash)',
    false,
    { release: '2.11.0', nightly: '2.10.0-643' },
    true,
  ),
  putsLineEndsTogether: rule(
    'a line end that arrives in two parts is put together (before, it ended the answer)',
    false,
    { release: '2.11.0', nightly: '2.10.0-686' },
    true,
  ),
  httpsLegsCheckName: rule(
    'the HTTPS legs check the name in the certificate',
    false,
    { release: NEXT_MINOR, nightly: '2.11.0-20' },
    true,
  ),
  connackBudget: rule(
    'from TLS to CONNACK the link waits 120 s at most (before, for ever)',
    false,
    { release: NEXT_MINOR, nightly: '2.11.0-41' },
    true,
  ),
} as const;

export type RuleName = keyof typeof RULES;

/** What one version does. */
export type AgentRules = { readonly [K in RuleName]: (typeof RULES)[K]['before'] | (typeof RULES)[K]['after'] };

function has(version: ParsedVersion, since: Threshold): boolean {
  const threshold = parseVersion(version.nightly === null ? since.release : since.nightly);
  return threshold !== null && compareVersions(version, threshold) >= 0;
}

const NEWEST: ParsedVersion = parseVersion(NEWEST_RELEASE.version) ?? { major: 2, minor: 11, patch: 0, nightly: null };

/** The rules of a version (with or without leading v); those of the newest release for a text that is no version. */
export function rulesFor(version: string): AgentRules {
  const parsed = parseVersion(version) ?? NEWEST;
  const chosen = Object.entries(RULES).map(([name, { before, since, after }]) => [
    name,
    has(parsed, since) ? after : before,
  ]);
  return Object.fromEntries(chosen) as AgentRules;
}

/** True for versions newer than anything these rules were checked against. */
export function isNewerThanKnown(version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== null && compareNumbers(numbers(parsed).slice(0, 3), numbers(NEWEST).slice(0, 3)) > 0;
}

/** The table for people: what changed, when, in order of age. */
export function ruleChanges(): readonly { readonly rule: RuleName; readonly title: string; readonly since: string }[] {
  return Object.entries(RULES).map(([name, { title, since }]) => ({
    rule: name as RuleName,
    title,
    since: since.release,
  }));
}
