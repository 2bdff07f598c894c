/** A case of the lab as data: a world, a configuration, and what the real Agent would live through in it. */
import type { ChildProcess } from 'node:child_process';
import type { FindingId } from '../../../src/model/finding.js';
import type { Outcome } from '../../../src/model/prediction.js';
import type { Leg } from '../../../src/model/route.js';
import type { DaemonPlan } from './daemon.js';
import type { DnsPlan } from './dns.js';
import type { Diagnosis } from './doctor.js';
import type { Lab } from './lab.js';
import type { HostOptions } from './namespaces.js';
import type { PeerRule } from './peer-plan.js';
import type { CaName } from './pki.js';
import type { Rulesets } from './rulesets.js';
import type { ServiceName } from './services.js';
import type { TrustPlan } from './view.js';

/** One outcome, any of several (a race, or an Agent that works only from the second attempt on), or null = not asserted. */
export type Expected = Outcome | readonly Outcome[] | null;

export interface Expectation {
  readonly claim: Expected;
  /** env, auth and link together. */
  readonly link: Expected;
  readonly legs: Readonly<Record<Leg, Expected>>;
  /** The one cause; null = nothing is wrong. */
  readonly cause: FindingId | null;
  /** Other ids that name the same truth equally well. */
  readonly orCause?: readonly FindingId[];
  /** Further ids that must be among the findings: a second, independent cause. */
  readonly also?: readonly FindingId[];
  /** Healthy cases: ids of severity `risks` that are true here and so no false alarm. */
  readonly mayRisk?: readonly FindingId[];
  readonly exit: number | readonly number[];
}

export interface AgentFiles {
  readonly 'claim.conf'?: string;
  readonly 'netdata.conf'?: string;
  readonly 'cloud.conf'?: string;
  /** Roots put into trusted.pem. */
  readonly trustedPem?: readonly CaName[];
  /** The key pair of an Agent that has claimed. */
  readonly keys?: true;
}

/** The Agent whose behaviour the expectations are taken from, where a case names no other. */
export const DEFAULT_VERSION = '2.10.3';

export interface LabCase {
  /** Unique, `group-what`; stands in docs/grade.md. */
  readonly id: string;
  readonly title: string;
  /** Healthy, but in a way that invites false alarms. */
  readonly unusual?: true;
  readonly host?: HostOptions;
  readonly dns?: DnsPlan;
  /** Text of resolv.conf; default: the lab's resolver. */
  readonly resolvConf?: string;
  /** The `hosts:` line of nsswitch.conf; default `files dns`. */
  readonly nsswitch?: string;
  /** Lines of /etc/hosts. */
  readonly hosts?: readonly string[];
  /** nftables rules of the gateway's forward chain (family inet). */
  readonly gateway?: readonly string[];
  /** iptables arguments after `-A FORWARD`, for what nftables cannot match. */
  readonly gatewayIptables?: readonly (readonly string[])[];
  /** nftables rules of the host's own output chain. */
  readonly local?: readonly string[];
  /** Whole rulesets of the host, of whatever program. */
  readonly rulesets?: Rulesets;
  readonly peer?: readonly PeerRule[];
  /** Send the mqtt address to a real mosquitto instead of the peer. */
  readonly broker?: 'mosquitto';
  readonly trust?: TrustPlan;
  /** A root of the lab that the doctor takes for one of the public's (Mozilla's list). */
  readonly publicRoot?: CaName;
  /** An account `netdata`; a number is its uid and gid. */
  readonly netdataUser?: boolean | number;
  readonly files?: AgentFiles;
  /** A process that looks like a running Agent. Needs netdataUser. */
  readonly daemon?: DaemonPlan;
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments; `{{host}}` is the name of the case's network namespace, `{{pid}}` the Agent's process, `{{case}}` its directory. */
  readonly args?: readonly string[];
  /** Start the doctor in a network namespace of its own, without any network: it has to find its way (--netns, --pid). */
  readonly outside?: true;
  /** Happens while the doctor runs. */
  readonly meanwhile?: (lab: Lab, doctor: ChildProcess) => Promise<void>;
  /** Agent version told to the doctor; default DEFAULT_VERSION. */
  readonly version?: string;
  readonly needs?: readonly ServiceName[];
  /** What the fields above cannot say. Runs last, before the doctor. */
  readonly also?: (lab: Lab) => Promise<void>;
  readonly expect: Expectation;
  /** What else must hold of the run, beyond `expect`; says what does not. */
  readonly check?: (diagnosis: Diagnosis) => readonly string[];
}

const ALL: readonly Leg[] = ['claim', 'env', 'auth', 'link'];

function legs(outcome: (leg: Leg) => Expected): Record<Leg, Expected> {
  return Object.fromEntries(ALL.map((leg) => [leg, outcome(leg)])) as Record<Leg, Expected>;
}

/**
 * Everything works. `remark` names what is true here all the same and must be among the findings, if only as a note;
 * `mayRisk` what may be there and be more than a note.
 */
export function works(remark: readonly FindingId[] = [], mayRisk: readonly FindingId[] = []): Expectation {
  return {
    claim: 'will_work',
    link: 'will_work',
    legs: legs(() => 'will_work'),
    cause: null,
    also: remark,
    mayRisk: [...remark, ...mayRisk],
    exit: 0,
  };
}

/** A token and a room of the real form, so that a case about something else raises no remark on them. */
export const TOKEN = 'lab'.repeat(45);
export const ROOM = '3f0c8a52-7c0e-4a8d-9a51-2f4a1d1e8b77';

/** These legs fail for this cause, the others work by themselves. */
export function fails(
  cause: FindingId,
  failing: readonly Leg[] = ALL,
  more: Partial<Pick<Expectation, 'orCause' | 'also'>> = {},
): Expectation {
  return {
    claim: failing.includes('claim') ? 'will_fail' : 'will_work',
    link: failing.some((leg) => leg !== 'claim') ? 'will_fail' : 'will_work',
    legs: legs((leg) => {
      if (failing.includes(leg)) return 'will_fail';
      // Behind a failed /env the Agent never learns where auth and link are: their own fate is not its experience.
      return failing.includes('env') && leg !== 'claim' ? null : 'will_work';
    }),
    cause,
    exit: 1,
    ...more,
  };
}

/**
 * These legs meet a silence that is shorter than the Agent's patience: nothing is foretold of them, and the cause is a
 * risk. `failing` run out of the claim's own time.
 */
export function waits(
  cause: FindingId,
  waiting: readonly Leg[],
  more: Partial<Pick<Expectation, 'orCause' | 'also'>> & { readonly failing?: readonly Leg[] } = {},
): Expectation {
  const { failing = [], ...rest } = more;
  const outcome = (leg: Leg): Expected => {
    if (failing.includes(leg)) return 'will_fail';
    if (waiting.includes(leg)) return 'unknown';
    return waiting.includes('env') && leg !== 'claim' ? null : 'will_work';
  };
  return {
    claim: outcome('claim'),
    link: waiting.some((leg) => leg !== 'claim') ? 'unknown' : 'will_work',
    legs: legs(outcome),
    cause,
    exit: failing.length > 0 ? 1 : 3,
    ...rest,
  };
}

/** A budget that was named is kept, also where the Agent would wait longer. */
export const IN_15S: readonly string[] = ['--timeout', '15s'];

/** No word of certainty where the Agent would have waited longer. */
export function nothingCertain(...ids: readonly FindingId[]): NonNullable<LabCase['check']> {
  return ({ report }) =>
    (report?.findings ?? []).flatMap((finding) =>
      finding.outcome === 'found' && finding.confidence === 'certain' && ids.includes(finding.id)
        ? [`${finding.id} is certain`]
        : [],
    );
}

/** Not a word of these, at whatever severity. */
export function silentOn(ids: readonly FindingId[]): NonNullable<LabCase['check']> {
  return ({ report }) =>
    (report?.findings ?? []).flatMap((finding) =>
      finding.outcome === 'found' && ids.includes(finding.id) ? [`${finding.id} is told`] : [],
    );
}

/** The three legs of ACLK. */
export const ACLK: readonly Leg[] = ['env', 'auth', 'link'];
export const LINK: readonly Leg[] = ['link'];
export const ENV: readonly Leg[] = ['env'];
export const CLAIM: readonly Leg[] = ['claim'];
