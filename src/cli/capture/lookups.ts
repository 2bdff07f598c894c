/** The look-ups of a capture: by the C library, and of each resolver on the wire. */
import { isIP } from 'node:net';
import type { Failure } from '../../model/failure.js';
import type { ResolvedAddress } from '../../model/observation.js';
import { classifyError, failureOf } from '../../net/classify.js';
import { readReply } from '../../net/dns-message.js';
import type { ProbeInput } from '../../probe/types.js';
import { ms } from './connections.js';
import { all, bytesOf, numberIn, type Capture } from './format.js';
import type { Recorder } from './recorder.js';

/** Returns what was not checked, for people. */
export function replayLookups(
  capture: Capture,
  resolvers: ProbeInput['resolvers'],
  record: Recorder,
): readonly string[] {
  const notChecked: string[] = [];
  for (const { words, lines } of all(capture, 'resolve')) {
    const [hostname = '', t0, te, rc] = words;
    if (rc === '-' && t0 === '-') {
      notChecked.push(`${hostname}: not looked up by the capture, as the host has no getent`);
      continue;
    }
    const addresses = lines['|'].flatMap((address): ResolvedAddress[] => {
      const family = isIP(address);
      return family === 0 ? [] : [{ address, family: family === 4 ? 4 : 6 }];
    });
    const times = [ms(t0) ?? 0, ms(te) ?? 0] as const;
    const failure = addresses.length > 0 ? null : lookupFailure(rc === '-', times[1] - times[0], lines['!']);
    record.save({ ...record.base('resolve', record.bare(), null, times, failure), hostname, addresses });
  }
  for (const section of all(capture, 'dns')) {
    const [name = '', index, number, t0, ta, te] = section.words;
    const resolver = resolvers[(numberIn(index) ?? 0) - 1];
    if (resolver === undefined) continue;
    const type = number === '28' ? 'AAAA' : 'A';
    const message = bytesOf(section) ?? Buffer.alloc(0);
    const answer = message.length > 14 ? readReply(message.subarray(2), { id: 0x4e45, name, type }) : 'undecodable';
    // What curl makes of bytes that telnet gives a meaning is not the resolver's fault: only answers count.
    if (typeof answer === 'string') continue;
    const times = [ms(t0) ?? 0, ms(ta) ?? ms(te) ?? 0] as const;
    const { rcode, truncated, answers, addresses, cnames, failure } = answer;
    record.save({
      ...record.base('dns_query', record.bare(), resolver.address, times, failure),
      resolver: resolver.address,
      resolverPort: resolver.port,
      resolverSource: resolver.source,
      name,
      type,
      transport: 'tcp',
      rcode,
      truncated,
      answers,
      addresses,
      cnames,
      ignoredReplies: 0,
    });
  }
  return notChecked;
}

/** The words of the C libraries (gai_strerror(3) of glibc and musl, locale C). */
const LOOKUP_WORDS: readonly (readonly [words: string, code: string])[] = [
  ['Temporary failure in name resolution', 'EAI_AGAIN'],
  ['Try again', 'EAI_AGAIN'],
  ['Non-recoverable failure in name resolution', 'EAI_FAIL'],
  ['Non-recoverable error', 'EAI_FAIL'],
  ['No address associated with hostname', 'EAI_NODATA'],
  ['Name or service not known', 'EAI_NONAME'],
  ['Name does not resolve', 'EAI_NONAME'],
];

/** The C library's two tries of 5 s (resolv.conf(5)): it is nearly through when it says that it found nothing. */
const GAVE_UP_MS = 4000;

function lookupFailure(stopped: boolean, tookMs: number, said: readonly string[]): Failure {
  if (stopped) return failureOf('generic_timeout_error', 'resolve', null, 'no answer');
  const code = LOOKUP_WORDS.find(([words]) => said.some((line) => line.endsWith(words)))?.[1];
  if (code !== undefined) return classifyError(Object.assign(new Error(code), { code }), 'resolve');
  if (tookMs >= GAVE_UP_MS) return failureOf('dns_temporary_failure', 'resolve', null, 'given up by the system');
  return failureOf('dns_no_answer', 'resolve', null, 'no address');
}
