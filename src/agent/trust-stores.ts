/**
 * Which certificates each side trusts (docs/reference/agent.md#claim-trust, #tls): the claim through libcurl, the link
 * through OpenSSL's default paths. Contents are read once and shared between stores.
 */
import type { TrustStoreFacts } from '../model/agent.js';
import type { FailureKind } from '../model/failure.js';
import type { LoadedTrustStore } from '../model/planned.js';
import type { Account } from './account.js';
import type { Installed } from './installation.js';
import type { Environment } from './proxy-choice.js';
import type { HostReader } from './reader.js';
import { STORE_LIMITS, StoreReader } from './store-reader.js';
import type { PathResult, StoreLimits } from './store-reader.js';
import type { AgentRules } from './versions.js';
import { claimOwnFile, curlDefaults, linkPaths, systemBundle } from './trust-paths.js';
import type { OwnTrustFile, TrustVariable } from './trust-paths.js';

/** What a store is made of. */
interface StorePlan {
  readonly id: string;
  readonly title: string;
  readonly files: readonly string[];
  /** Directories with hashed names. */
  readonly directories: readonly string[];
}

export interface TrustStores {
  readonly stores: readonly LoadedTrustStore[];
  /** Failure per store, for its observation: null = read. */
  readonly failures: ReadonlyMap<string, { readonly kind: FailureKind; readonly code: string } | null>;
  readonly claimOwnFile: OwnTrustFile;
  /** Halves of the link's default paths that a variable replaces. */
  readonly replacedByVariable: readonly TrustVariable[];
}

async function load(
  plan: StorePlan,
  source: StoreReader,
): Promise<{ store: LoadedTrustStore; failure: PathResult['failure'] }> {
  const results = await Promise.all([
    ...plan.files.map(async (path) => source.file(path)),
    ...plan.directories.map(async (path) => source.directory(path)),
  ]);
  const certificates = [...new Set(results.flatMap((result) => result.certificates))];
  const bad = results.filter(({ problem }) => problem !== null);
  // One half of two may be missing: only a store without any certificate has a problem worth a word.
  const unread = results.flatMap((result) => result.unread ?? []);
  const empty = certificates.length > 0 ? [] : bad.flatMap((result) => result.problem ?? []);
  const nothing = certificates.length === 0 && results.length === 0 ? ['no path is set'] : [];
  const problem = [...unread, ...empty, ...nothing].join('; ') || null;
  const facts: TrustStoreFacts = {
    id: plan.id,
    title: plan.title,
    paths: [...plan.files, ...plan.directories],
    certificates: certificates.length,
    problem,
    observation: null,
  };
  // A store that was read in part proves what it accepts, never what it lacks: to judges it is an unreadable one.
  const tooMuch = unread.length === 0 ? null : { kind: 'file_unreadable' as const, code: 'EFBIG' };
  const failed = certificates.length > 0 ? null : (results.find((result) => result.failure !== null)?.failure ?? null);
  const failure = tooMuch ?? failed;
  return { store: { facts, certificates }, failure };
}

/** Shares one array between stores of the same content, so that a chain need not be judged twice. */
function shareEqual(stores: readonly LoadedTrustStore[]): LoadedTrustStore[] {
  const byContent = new Map<string, readonly string[]>();
  return stores.map(({ facts, certificates }) => {
    const key = [...certificates].sort().join('');
    const shared = byContent.get(key) ?? certificates;
    byContent.set(key, shared);
    return { facts, certificates: shared };
  });
}

/**
 * Reads every store that a leg, or a comparison, needs. `link` and `claim` are always there.
 *
 * @param account whom the Agent runs as: what it may not read is not in its stores; null = not known
 */
export async function readTrustStores(
  reader: HostReader,
  installed: Installed,
  environment: Environment,
  mozillaRoots: readonly string[],
  account: Account | null = null,
  rules: Pick<AgentRules, 'claimTrustsTrustedPem'> = { claimTrustsTrustedPem: true },
  limits: StoreLimits = STORE_LIMITS,
): Promise<TrustStores> {
  const { cloudDir } = installed.installation;
  const [link, curl, system, own] = await Promise.all([
    linkPaths(reader, installed, environment),
    curlDefaults(reader, installed),
    systemBundle(reader),
    claimOwnFile(reader, cloudDir, account, rules),
  ]);
  const list = (path: string | null): string[] => (path === null ? [] : [path]);
  const ownFile = own.state === 'file' ? own.path : null;
  const plans: StorePlan[] = [
    {
      id: 'link',
      title: "the link's store (OpenSSL's default paths)",
      files: link.files,
      directories: link.directories,
    },
    {
      id: 'claim',
      title: ownFile === null ? "the claim's store (libcurl's bundle)" : `the claim's store (${ownFile})`,
      // An own file takes the bundle's place; a directory that is built into libcurl stays.
      files: ownFile === null ? list(curl.file) : [ownFile],
      directories: list(curl.directory),
    },
    { id: 'system', title: "the system's bundle", files: list(system.file), directories: [] },
  ];
  if (ownFile !== null) plans.push({ id: 'trusted_pem', title: ownFile, files: [ownFile], directories: [] });
  const source = new StoreReader(reader, account, limits);
  const loaded = await Promise.all(plans.map(async (plan) => load(plan, source)));
  const mozilla: LoadedTrustStore = {
    facts: {
      id: 'mozilla',
      title: 'public roots (Mozilla)',
      paths: [],
      certificates: mozillaRoots.length,
      problem: null,
      observation: null,
    },
    certificates: mozillaRoots,
  };
  return {
    stores: shareEqual([...loaded.map(({ store }) => store), mozilla]),
    failures: new Map(loaded.map(({ store, failure }) => [store.facts.id, failure])),
    claimOwnFile: own,
    replacedByVariable: link.replaced,
  };
}
