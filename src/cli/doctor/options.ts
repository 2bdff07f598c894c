/** What the doctor was asked for, with what it does unless asked otherwise. Values were read with the options. */
import type { Purpose } from '../../model/target.js';
import { longestRunMs } from '../../agent/patience.js';
import { NEWEST_RELEASE } from '../../agent/versions.js';
import type { AgentContainer } from '../../model/agent.js';
import { containerOf, pidOfContainer } from './container.js';
import { type Labels, parseLabels } from './labels.js';
import type { EnvFrom } from '../flags.js';
import { typedValue } from '../typed-value.js';

export interface DoctorOptions {
  readonly url: string | null;
  readonly proxy: string | null;
  readonly prefix: string | null;
  readonly configDir: string | null;
  readonly libDir: string | null;
  readonly agentVersion: string | null;
  readonly envFrom: EnvFrom | null;
  readonly pid: number | null;
  /** The container that `pid` is in. */
  readonly container: AgentContainer | null;
  /** The network namespace that was asked for. */
  readonly netns: string | null;
  readonly asUser: string | null;
  readonly runMs: number;
  /** Beyond `runMs`, ms: only while a peer is connected, and silent for less than the Agent would wait. */
  readonly lingerMs: number;
  readonly stepMs: number;
  /** Wait in each step as long as the Agent does. */
  readonly patient: boolean;
  readonly families: readonly (4 | 6)[];
  readonly purposes: readonly Purpose[];
  readonly knownAddresses: string | null;
  readonly controls: boolean;
  readonly strict: boolean;
  readonly holdMs: number;
  readonly redact: 'standard' | 'strict' | 'off';
  /** Of this host's place, for `report merge`. */
  readonly labels: Labels;
}

/** The doctor's flags as commander hands them over. */
export interface DoctorFlags {
  readonly url?: string;
  readonly proxy?: string;
  readonly prefix?: string;
  readonly configDir?: string;
  readonly libDir?: string;
  readonly agentVersion?: string;
  readonly envFrom?: EnvFrom;
  readonly pid?: number;
  readonly container?: string;
  readonly netns?: string;
  readonly asUser?: string;
  /** ms. */
  readonly timeout?: number;
  /** ms. */
  readonly stepTimeout?: number;
  readonly patient?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly for?: readonly Purpose[];
  readonly knownAddresses?: string;
  readonly controls?: boolean;
  readonly strict?: boolean;
  /** ms. */
  readonly hold?: number;
  readonly redact?: DoctorOptions['redact'];
  /** `key=value` each. */
  readonly label?: readonly string[];
}

const DEFAULT_RUN_MS = 15_000;
const DEFAULT_STEP_MS = 5000;
/** The Agent's 30 s for an answer (agent/patience.ts), begun late in the budget. */
const DEFAULT_LINGER_MS = 25_000;

export function doctorOptions(flags: DoctorFlags): DoctorOptions {
  const { hold: holdMs = 0, stepTimeout: stepMs = DEFAULT_STEP_MS, patient = false } = flags;
  const longest = patient ? longestRunMs(flags.agentVersion ?? NEWEST_RELEASE.version) : DEFAULT_RUN_MS;
  const { timeout: runMs = longest } = flags;
  const pid = flags.container === undefined ? (flags.pid ?? null) : pidOfContainer(flags.container);
  return {
    url: flags.url ?? null,
    proxy: flags.proxy ?? null,
    prefix: flags.prefix ?? null,
    configDir: flags.configDir ?? null,
    libDir: flags.libDir ?? null,
    agentVersion: flags.agentVersion ?? null,
    envFrom: flags.envFrom ?? null,
    pid,
    container: pid === null ? null : containerOf(pid),
    netns: flags.netns ?? null,
    asUser: flags.asUser ?? null,
    runMs: runMs + holdMs,
    // A budget that was named is kept.
    lingerMs: flags.timeout === undefined && !patient ? DEFAULT_LINGER_MS : 0,
    stepMs: Math.min(stepMs, runMs),
    patient,
    families: flags.ipv4 === flags.ipv6 ? [4, 6] : flags.ipv4 === true ? [4] : [6],
    purposes: flags.for ?? [],
    knownAddresses: flags.knownAddresses ?? null,
    controls: flags.controls ?? false,
    strict: flags.strict ?? false,
    holdMs,
    redact: flags.redact ?? 'standard',
    labels: parseLabels(flags.label ?? []),
  };
}

/** `--proxy -` and `--proxy @FILE` read. Standard input can be read once: by the process that does the work. */
export async function withProxy(options: DoctorOptions): Promise<DoctorOptions> {
  const { proxy } = options;
  return proxy === null ? options : { ...options, proxy: await typedValue('--proxy', proxy) };
}
