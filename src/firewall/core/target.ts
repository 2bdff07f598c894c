/**
 * The contract of a rule target: one firewall, proxy, cloud, cluster or list format.
 * A target is pure: checked allow list in, files out. What it cannot express it refuses, with a reason;
 * it never widens and never drops something silently.
 */
import { isIP } from 'node:net';
import type { AllowList, RenderedFile } from '../../model/allow-list.js';
import { UsageError } from '../../model/errors.js';

export type RuleGroup = 'hosts' | 'devices' | 'proxies' | 'clouds' | 'clusters' | 'lists';
export const RULE_GROUPS: readonly RuleGroup[] = ['hosts', 'devices', 'proxies', 'clouds', 'clusters', 'lists'];

/** `allow`: added to a policy that exists. `enforce`: an egress default-deny of our own around the allow list. */
export type RuleMode = 'allow' | 'enforce';

/** What a target can express. Whatever is false here is refused when asked for (see render.ts). */
interface RuleCapabilities {
  /** How destinations are written down: names that the device resolves or reads, addresses, or both. */
  readonly matches: 'names' | 'addresses' | 'both';
  readonly families: readonly (4 | 6)[];
  /** Names only: one family alone can be expressed. Without it a name stands for both, and `--ipv4` is refused. */
  readonly oneFamily?: true;
  /** This tool applies it and reads it back by itself (live/managers.ts). */
  readonly live?: true;
  /** Rules or files can carry free text. Without it the notice goes into a file of its own. */
  readonly comments: boolean;
  /** `--user`: rules that hold for one local account only. */
  readonly ownerMatch: boolean;
  /** `--on-stale expire`: addresses that disappear by themselves. */
  readonly expiry: boolean;
  readonly modes: readonly RuleMode[];
  /** `--proxy`: rules for reaching a proxy make sense here (false for the proxies themselves, see render.ts). */
  readonly proxy: boolean;
  /** `--dns` and enforce mode: rules to the configured resolvers. */
  readonly dns: boolean;
}

/** What most formats can; a target names what is different. */
export const USUAL = {
  matches: 'both',
  families: [4, 6],
  comments: true,
  ownerMatch: false,
  expiry: false,
  modes: ['allow'],
  proxy: true,
  dns: true,
} as const satisfies RuleCapabilities;

/** What a proxy can that goes by the name in the request: it resolves by itself, and is no way to another proxy. */
export const PROXY = {
  ...USUAL,
  matches: 'names',
  modes: ['allow', 'enforce'],
  proxy: false,
  dns: false,
} as const satisfies RuleCapabilities;

/** What a packet filter of this host can that is loaded from here. */
export const FILTER = {
  ...USUAL,
  matches: 'addresses',
  live: true,
  ownerMatch: true,
  modes: ['allow', 'enforce'],
} as const satisfies RuleCapabilities;

/** A knob of one target, e.g. a zone or chain name: `--set zone-from=trust`. */
export interface RuleSetting {
  readonly name: string;
  /** One line for `--help` and the docs page. */
  readonly title: string;
  readonly default: string;
  /** The whole value must match; keeps hostile text out of identifiers. */
  readonly pattern: RegExp;
  /** Names something on the device that we cannot know: left at its default, the header says so. */
  readonly guessed?: true;
}

export interface RuleOptions {
  readonly mode: RuleMode;
  /** Local account whose traffic is meant, name or uid; null = everybody's. */
  readonly user: string | null;
  readonly families: readonly (4 | 6)[];
  /** Also allow DNS to AllowList.resolvers (implied by enforce). */
  readonly dns: boolean;
  /** What happens to addresses that were not refreshed: stay, or time out where the target can. */
  readonly onStale: 'keep' | 'expire';
  /** Version of this tool, for the header. */
  readonly toolVersion: string;
  /** Complete: defaults filled in and patterns checked by the gate. */
  readonly settings: Readonly<Record<string, string>>;
}

declare const checked: unique symbol;
/** An allow list that went through checkAllowList: names, addresses and order can be relied upon. */
export type CheckedAllowList = AllowList & { readonly [checked]: true };

/** One command of a validator; `{dir}` and `{file:NAME}` in arguments stand for the rendered files. */
export interface ValidatorStep {
  readonly argv: readonly string[];
  /** Name of a rendered file that goes to standard input, or null. */
  readonly stdin: string | null;
  /** Literal text for standard input (a prelude); ignored when `stdin` is set. */
  readonly input?: string;
  /** Steps that only prepare the ground; their failure means "cannot be verified here". */
  readonly setup?: boolean;
  /** A daemon: started and left running until the validator is done. */
  readonly background?: boolean;
  /** Tried again until it ends with 0, at most this long. */
  readonly retryMs?: number;
}

export interface StepResult {
  readonly step: ValidatorStep;
  /** Exit status; null when killed by the deadline. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The target's real parser, as data: live/check.ts runs it in a network namespace of its own. */
export interface Validator {
  /** Short, e.g. `nft -c`. */
  readonly id: string;
  /** Programs that must be found in PATH. */
  readonly needs: readonly string[];
  readonly version: readonly string[];
  /** Needs real root; otherwise a user namespace will do. */
  readonly root: boolean;
  /** Also a mount namespace of its own, so that steps may put files and tmpfs over the host's. */
  readonly mounts?: boolean;
  /** False when these files hold nothing for it (a setting chose another form); absent = always. */
  applies?(files: readonly RenderedFile[]): boolean;
  steps(files: readonly RenderedFile[]): readonly ValidatorStep[];
  /** Complaints of the parser; empty = accepted. Default: any step with a status other than 0. */
  judge?(results: readonly StepResult[]): readonly string[];
}

export interface RuleTarget {
  /** Lower case, `[a-z0-9-]+`: command line, docs page and golden folder are named after it. */
  readonly id: string;
  readonly title: string;
  readonly group: RuleGroup;
  readonly capabilities: RuleCapabilities;
  readonly settings: readonly RuleSetting[];
  /**
   * Deterministic. The first file is the artefact itself; scripts and notes follow.
   * Throws RefusalError for what cannot be expressed.
   */
  render(list: CheckedAllowList, options: RuleOptions): readonly RenderedFile[];
  readonly validators?: readonly Validator[];
}

/** Setting of the host targets: an SSH session that enforce must not cut, `peer,local port`. */
export const KEEP_SESSION: RuleSetting = {
  name: 'keep-session',
  title: 'SSH session that enforce mode lets live, as address,local-port',
  default: '',
  pattern: /^(?:[0-9a-f:.]{2,39},\d{1,5})?$/,
};

/** The session of KEEP_SESSION; null = none. */
export function keptSession(
  options: Pick<RuleOptions, 'settings'>,
): { readonly peer: string; readonly port: number } | null {
  const [peer, port] = (options.settings[KEEP_SESSION.name] ?? '').split(',');
  if (peer === undefined || port === undefined) return null;
  if (isIP(peer) === 0 || Number(port) < 1 || Number(port) > 65_535)
    throw new UsageError('keep-session takes an address and a port');
  return { peer, port: Number(port) };
}

/** Why a target does not render: closed, so that scripts and tests can branch on it. */
export type RefusalReason =
  | 'mode_not_supported'
  | 'user_not_supported'
  | 'family_not_supported'
  | 'expiry_not_supported'
  | 'proxy_not_supported'
  | 'dns_not_supported'
  | 'names_not_supported'
  | 'addresses_missing'
  | 'resolvers_missing'
  | 'nothing_to_allow'
  | 'name_too_long'
  | 'too_many_entries'
  | 'not_expressible';

/** The target cannot say this. A usage error: exit 2, nothing is written. */
export class RefusalError extends UsageError {
  readonly target: string;
  readonly reason: RefusalReason;
  constructor(target: string, reason: RefusalReason, text: string) {
    super(`${target}: ${text}`);
    this.target = target;
    this.reason = reason;
  }
}
