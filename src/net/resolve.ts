/**
 * The OS resolver in getaddrinfo order: what the Agent gets (docs/reference/agent.md#tcp-connect: AF_UNSPEC, no
 * AI_ADDRCONFIG). It answers "what will the Agent see", never "why": that is dns-wire.
 *
 * getaddrinfo cannot be cancelled and runs on libuv's thread pool, where slow I/O may take only half of the threads: 2
 * of the default 4. Several silent names would queue there and those behind them would look silent too.
 * UV_THREADPOOL_SIZE must be in the environment before the pool's first use; an ES module entry is itself loaded
 * through the pool, so the launcher has to be CommonJS (or the variable be set outside). This file counts what is
 * under way: a name that got no thread by its deadline is reported as not asked, never as unanswered.
 */
import { lookup as osLookup } from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import { isIP } from 'node:net';
import { isOwnLack, type Failure } from '../model/failure.js';
import type { Family, ResolvedAddress, ResolveObservation } from '../model/observation.js';
import { classifyError, failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { afterPoll } from './socket.js';
import { StepClock } from './step.js';

interface LookupOptions {
  readonly all: true;
  readonly verbatim: true;
}

/** Shape of `dns.lookup(name, {all: true, verbatim: true}, callback)`; the lab puts its own resolver here. */
export type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (
    error: NodeJS.ErrnoException | null,
    addresses: readonly { readonly address: string; readonly family: number }[],
  ) => void,
) => void;

const systemLookup: Lookup = (hostname, options, callback) => {
  osLookup(hostname, options, (error, addresses) => callback(error, addresses));
};

/** Answers beyond this many are not kept: no honest name has them. */
const MAX_ADDRESSES = 64;

/** Lookups of the OS resolver that hold a thread or wait for one, oldest first, over the whole process. */
const underWay: object[] = [];

/** Lookups that can run at once: libuv keeps slow work to half of its threads. */
function threads(): number {
  const size = Number.parseInt(process.env['UV_THREADPOOL_SIZE'] ?? '', 10);
  const pool = Number.isNaN(size) ? 4 : Math.min(1024, Math.max(1, size));
  return Math.max(1, Math.floor((pool + 1) / 2));
}

/** The C library says "try again" when it may open no socket, as when nobody answers: one more file tells them apart. */
function ownLack(): Failure | null {
  try {
    closeSync(openSync('/dev/null', 'r'));
    return null;
  } catch (error) {
    const failure = classifyError(error, 'resolve');
    return isOwnLack(failure) ? failure : null;
  }
}

/**
 * Resolves a name as the OS does. An address literal is answered at once, as getaddrinfo does.
 */
export async function resolveOs(
  ctx: NetContext,
  label: StepLabel,
  hostname: string,
  lookup: Lookup = systemLookup,
): Promise<ResolveObservation> {
  const step = new StepClock(ctx, label, 'resolve');
  const end = (addresses: readonly ResolvedAddress[], failure: Failure | null): ResolveObservation =>
    step.save({ ...step.base(null, failure), hostname, addresses });

  const literal = isIP(hostname);
  if (literal !== 0) return end([{ address: hostname, family: literal as Family }], null);
  // Reserved never to exist (RFC 6761 §6.4): a value that cannot be used leaves no trace in anybody's DNS.
  if (hostname.endsWith('.invalid')) {
    return end([], failureOf('dns_nxdomain_error', 'resolve', null, 'a reserved name, not asked for'));
  }
  const blocked = step.blocked();
  if (blocked !== null) return end([], blocked);

  return new Promise((resolve) => {
    let done = false;
    const finish = (addresses: readonly ResolvedAddress[], failure: Failure | null): void => {
      if (done) return;
      done = true;
      callOff();
      step.signal.removeEventListener('abort', onAbort);
      resolve(end(addresses, failure));
    };
    const onAbort = (): void => finish([], step.interrupted());
    const turn = {};
    const callOff = afterPoll(step.timeoutMs, () => {
      const ahead = underWay.indexOf(turn);
      const notAsked = `not asked: the system resolver was still busy with ${String(ahead)} other names`;
      // The queue is served in order: without one of the threads by now, this name was never asked for.
      const starved = ahead >= threads();
      finish([], starved ? failureOf('interrupted', 'resolve', null, notAsked) : step.timedOut('answer'));
    });
    step.signal.addEventListener('abort', onAbort, { once: true });

    if (lookup === systemLookup) underWay.push(turn);
    const settled = (): void => {
      const at = underWay.indexOf(turn);
      if (at !== -1) underWay.splice(at, 1);
    };
    try {
      lookup(hostname, { all: true, verbatim: true }, (error, answers) => {
        settled();
        if (error !== null) finish([], ownLack() ?? classifyError(error, 'resolve'));
        else finish(...readAnswers(answers));
      });
    } catch (error) {
      settled();
      finish([], classifyError(error, 'resolve'));
    }
  });
}

function readAnswers(
  answers: readonly { readonly address: string; readonly family: number }[],
): [readonly ResolvedAddress[], Failure | null] {
  const seen = new Set<string>();
  const addresses: ResolvedAddress[] = [];
  for (const { address } of answers.slice(0, MAX_ADDRESSES)) {
    const family = isIP(address);
    if (family === 0 || seen.has(address)) continue;
    seen.add(address);
    addresses.push({ address, family: family as Family });
  }
  return addresses.length > 0
    ? [addresses, null]
    : [[], failureOf('dns_no_answer', 'resolve', null, 'the resolver gave no address')];
}
