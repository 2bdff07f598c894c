/** The resolve command: asks the OS and every configured resolver, and lets each address prove itself. */
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { discover } from '../../agent/discover.js';
import type { DnsQueryObservation, Observation, ResolveObservation } from '../../model/observation.js';
import type { Target } from '../../model/target.js';
import { connectTcp } from '../../net/tcp.js';
import { queryDns } from '../../net/dns-wire.js';
import { resolveOs } from '../../net/resolve.js';
import { handshakeTls } from '../../net/tls.js';
import { createTrustSet } from '../../net/trust.js';
import { IdSource, Run } from '../../probe/run-context.js';
import { classifyAddresses } from '../doctor/addresses.js';
import { loadKnownAddresses } from '../doctor/known-addresses.js';
import { doctorOptions, type DoctorFlags } from '../doctor/options.js';
import { discoverOptionsOf, targetsOf } from '../doctor/plan-run.js';
import { deadlineAt } from '../deadline.js';
import { onInterrupt } from '../doctor/command.js';
import { containerId } from '../doctor/container.js';
import { enterNamespace } from '../doctor/netns.js';
import { safeText } from '../../report/escape.js';
import { emit } from '../report/io.js';
import { hostEnvironment } from '../doctor/host-deps.js';
import { boundedReader } from '../host/bounded-reader.js';
import { readHostNetwork } from '../host/host-network.js';
import { createHostReader } from '../host-reader.js';
import { packageVersion } from '../version.js';
import { createPaint, terminalOptions } from '../terminal.js';
import { assertWritable } from '../write-file.js';
import { judge } from './judge.js';
import { renderResolve } from './text.js';

interface Flags extends DoctorFlags {
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly color?: boolean;
  readonly ascii?: boolean;
}

const LABEL = { targetId: null, leg: null, routeId: 'direct', role: { kind: 'path' } } as const;

/** What the C library said, of the families that are asked for. */
function osAnswer(
  observations: readonly Observation[],
  host: string,
  isAsked: (address: string) => boolean,
): ResolveObservation | null {
  const said = observations.find(
    (seen): seen is ResolveObservation => seen.operation === 'resolve' && seen.hostname === host,
  );
  return said === undefined ? null : { ...said, addresses: said.addresses.filter(({ address }) => isAsked(address)) };
}

export async function resolveCommand(raw: Record<string, unknown>): Promise<void> {
  const named = raw as Flags;
  const flags = named.container === undefined ? named : { ...named, container: await containerId(named.container) };
  const options = doctorOptions(flags);
  if (flags.output !== undefined) await assertWritable(flags.output);
  const known = await loadKnownAddresses(options.knownAddresses, new Date().toISOString().slice(0, 10));
  const entry = await enterNamespace(null, options.pid);
  if (entry.kind === 'left') {
    process.exitCode = entry.exitCode;
    return;
  }
  for (const line of entry.notChecked) process.stderr.write(`warning: ${safeText(line, 400)}\n`);
  const interrupt = onInterrupt();
  const whole = deadlineAt(options.runMs, interrupt.signal);
  const [network, reader] = [
    readHostNetwork(),
    boundedReader(createHostReader(entry.root === null ? {} : { root: entry.root }), whole),
  ];
  const ids = new IdSource();
  const deps = {
    reader,
    network,
    environment: hostEnvironment(null, null, null),
    toolVersion: packageVersion(),
    knownAddresses: known,
    mozillaRoots: rootCertificates,
    interrupt: interrupt.signal,
    readLocalFirewall: () => Promise.resolve([]),
    askAgentStatus: () => Promise.resolve({ answers: Promise.resolve([]) }),
    asAgentUser: <T>(work: () => Promise<T>) => work(),
    notChecked: [],
  };
  const discovery = await discover(reader, discoverOptionsOf(options, deps, ids));
  const targets = targetsOf(discovery.facts, options, false);
  const runMs = Math.max(1, whole.leftMs());
  const run = new Run({ runMs, stepMs: options.stepMs, maxSockets: 64, interrupt: deps.interrupt, ids });
  const trust = createTrustSet(discovery.trustStores, discovery.facts.legs.link.trustStoreId);
  const hosts = [...new Map(targets.map((target) => [target.host, target])).values()];
  const ctx = run.context();
  const label = () => ({ ...LABEL, transactionId: run.nextTransaction() });

  const types = options.families.map((family) => (family === 4 ? 'A' : 'AAAA'));
  const isAsked = (address: string): boolean => options.families.some((family) => isIP(address) === family);

  const prove = async (target: Target, address: string): Promise<void> => {
    const step = await connectTcp(ctx, label(), { host: target.host, address, port: target.port, peer: 'target' });
    if (step.handle === null) return;
    const tls = await handshakeTls(ctx, label(), {
      socket: step.handle,
      sni: target.host,
      expectedName: target.host,
      variant: 'agent',
      trust,
    });
    tls.handle?.destroy();
    step.handle.destroy();
  };
  await Promise.all(
    hosts.map(async (target) => {
      const wire = network.resolvers.flatMap(({ address, port, source }) =>
        types.map((type) => queryDns(ctx, label(), { resolver: address, port, source, name: target.host, type })),
      );
      const answer = await resolveOs(ctx, label(), target.host);
      const answers = await Promise.all(wire);
      const all = new Set([
        ...answer.addresses.map(({ address }) => address),
        ...answers.flatMap(({ addresses }) => addresses),
      ]);
      await Promise.all(
        [...all]
          .filter(isAsked)
          .slice(0, 16)
          .map((address) => prove(target, address)),
      );
    }),
  );
  run.close();
  interrupt.dispose();
  const names = hosts.map(({ host }) => host);
  const addresses = classifyAddresses(run.observations, names, known).filter(({ address }) => isAsked(address));
  const verdict = judge(run.observations, names, addresses);
  const document = {
    schema: 'netdata-egress/resolve',
    version: 1,
    exitCode: verdict.exitCode,
    hosts: names.map((host) => ({
      host,
      os: osAnswer(run.observations, host, isAsked),
      resolvers: run.observations.filter(
        (seen): seen is DnsQueryObservation => seen.operation === 'dns_query' && seen.name === host,
      ),
      addresses: addresses.filter((facts) => facts.host === host),
    })),
  };
  const terminal = terminalOptions(process.stdout, process.env, flags);
  const text =
    flags.json === true
      ? `${JSON.stringify(document, null, 2)}\n`
      : renderResolve(document.hosts, verdict, {
          paint: createPaint(terminal.color),
          width: terminal.width,
          unicode: terminal.unicode,
          quiet: flags.quiet === true,
        });
  await emit(text, flags);
  process.exitCode = verdict.exitCode;
}
