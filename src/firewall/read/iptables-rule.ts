/** One rule of iptables-save as steps: matches of iptables-extensions(8) that can be decided, and its target. */
import { connState, CT_STATES, hasConnection, TCP, UDP, UNKNOWN_DEVICE, type Host, type Packet } from './flow.js';
import type { Sets } from './ipset-save.js';
import type { Only } from './rule-index.js';
import { markConnection, RECLASSED, RELIVED, ZONED, type Chain, type Decision, type Step } from './ruleset.js';
import { inClock, type Clock } from './clock.js';
import { addressOf, and, ANY_32, isPoint, not, or, point, spanOf, within, type Span, type Ternary } from './spans.js';

export interface Compiled {
  readonly steps: readonly Step[];
  readonly owner: string | null;
}

export interface Surroundings {
  readonly sets: Sets;
  readonly six: boolean;
  readonly chainOf: (name: string) => Chain | null;
}

type Test = (packet: Packet, host: Host) => Ternary;

const unknown: Test = () => null;

/** What `-m string` looks for cannot be in a segment without data; in a ClientHello there is the name, in clear. */
function textTest(wanted: string): Test {
  return ({ carries }) => {
    if (carries === null) return null;
    if (carries.length === 0) return false;
    return carries.every((text) => text.includes(wanted)) ? true : null;
  };
}

/** Words of a rule; comments are quoted. */
function splitWords(text: string): readonly string[] {
  if (!text.includes('"')) return text.split(' ').filter((word) => word !== '');
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

interface Reading extends Surroundings {
  /** Words behind the option. */
  readonly values: readonly string[];
  readonly clock: { -readonly [K in keyof Clock]: Clock[K] };
  /** Protocol that the rule asks for; ports mean nothing without one. */
  readonly module: string;
}

/** Options with the number of their values; what is not here cannot be decided. */
const OPTIONS: Readonly<Record<string, readonly [values: number, test: (reading: Reading) => Test | null]>> = {
  '-m': [1, () => null],
  '--comment': [1, () => null],
  '-p': [1, ({ values }) => protocolTest(values[0] ?? '')],
  '-s': [1, ({ values }) => addressTest(values[0] ?? '', 'source')],
  '-d': [1, ({ values }) => addressTest(values[0] ?? '', 'destination')],
  '-i': [1, ({ values }) => deviceTest(values[0] ?? '', 'iif')],
  '-o': [1, ({ values }) => deviceTest(values[0] ?? '', 'oif')],
  // Nothing of ours is a fragment.
  '-f': [0, () => () => false],
  '--sport': [1, ({ values }) => portTest(values[0] ?? '', ['sourcePort'])],
  '--sports': [1, ({ values }) => portTest(values[0] ?? '', ['sourcePort'])],
  '--dport': [1, ({ values }) => portTest(values[0] ?? '', ['destinationPort'])],
  '--dports': [1, ({ values }) => portTest(values[0] ?? '', ['destinationPort'])],
  '--ports': [1, ({ values }) => portTest(values[0] ?? '', ['sourcePort', 'destinationPort'])],
  '--syn': [0, () => flagsTest('FIN,SYN,RST,ACK', 'SYN')],
  '--tcp-flags': [2, ({ values }) => flagsTest(values[0] ?? '', values[1] ?? '')],
  '--icmp-type': [1, () => () => false],
  '--icmpv6-type': [1, () => () => false],
  '--ctstate': [1, ({ values }) => stateTest(values[0] ?? '')],
  '--state': [1, ({ values }) => stateTest(values[0] ?? '')],
  '--ctdir': [
    1,
    ({ values }) =>
      (packet) =>
        tracked(packet, (values[0] === 'REPLY') === packet.answer),
  ],
  '--ctproto': [1, ({ values }) => protocolTest(values[0] ?? '')],
  '--ctorigdst': [1, ({ values }) => spanTest(values[0] ?? '', ({ original }) => original.destination)],
  '--ctorigdstport': [
    1,
    ({ values }) =>
      (packet) =>
        inPorts(packet.original.port, values[0] ?? ''),
  ],
  '--mark': [1, ({ values, module }) => markTest(values[0] ?? '', module === 'connmark' ? 'connMark' : 'mark')],
  '--uid-owner': [1, ({ values }) => ownerTest(values[0] ?? '', 'uid')],
  '--gid-owner': [1, ({ values }) => ownerTest(values[0] ?? '', 'gid')],
  '--length': [
    1,
    ({ values }) =>
      (packet) =>
        inPorts(packet.length, values[0] ?? ''),
  ],
  '--string': [1, ({ values }) => textTest(values[0] ?? '')],
  '--algo': [1, () => null],
  '--to': [1, () => null],
  '--from': [1, () => null],
  '--dscp': [
    1,
    ({ values }) =>
      (packet) =>
        packet.answer || packet.dscp === null ? null : Number(values[0]) === packet.dscp,
  ],
  '--tos': [1, ({ values }) => tosTest(values[0] ?? '')],
  '--ttl-eq': [1, ({ values }) => ttlTest((ttl) => ttl === Number(values[0]))],
  '--ttl-lt': [1, ({ values }) => ttlTest((ttl) => ttl < Number(values[0]))],
  '--ttl-gt': [1, ({ values }) => ttlTest((ttl) => ttl > Number(values[0]))],
  '--dir': [1, () => null],
  // Without policies nothing goes into a tunnel of theirs, or comes out of one.
  '--pol': [
    1,
    ({ values }) =>
      (_, { ipsec }) =>
        ipsec === false ? values[0] === 'none' : null,
  ],
  // Our sockets are not transparent, and have no mark of their own.
  '--transparent': [0, () => () => false],
  '--suppl-groups': [0, () => null],
  '--icase': [0, () => null],
  '--hex-string': [1, () => textTest('\0')],
  '--utc': [0, () => null],
  '--contiguous': [0, () => null],
  '--kerneltz': [0, ({ clock }) => clockTest(clock, { kernel: true })],
  '--socket-exists': [0, () => (packet) => (packet.answer ? null : true)],
  '--match-set': [2, ({ values, sets }) => setTest(values[0] ?? '', values[1] ?? '', sets)],
  '--update-counters': [0, () => null],
  '--update-subcounters': [0, () => null],
  '--src-range': [1, ({ values }) => spanTest(values[0] ?? '', ({ source }) => source)],
  '--dst-range': [1, ({ values }) => spanTest(values[0] ?? '', ({ destination }) => destination)],
  '--src-type': [1, ({ values }) => typeTest(values[0] ?? '', ({ sourceType }) => sourceType)],
  '--dst-type': [1, ({ values }) => typeTest(values[0] ?? '', ({ destinationType }) => destinationType)],
  '--pkt-type': [
    1,
    ({ values }) =>
      (packet) =>
        packet.answer ? values[0] === 'unicast' : null,
  ],
  '--timestart': [1, ({ values, clock }) => clockTest(clock, { start: values[0] ?? '' })],
  '--timestop': [1, ({ values, clock }) => clockTest(clock, { stop: values[0] ?? '' })],
  '--weekdays': [1, ({ values, clock }) => clockTest(clock, { weekdays: values[0] ?? '' })],
  '--monthdays': [1, ({ values, clock }) => clockTest(clock, { monthdays: values[0] ?? '' })],
  '--datestart': [1, ({ values, clock }) => clockTest(clock, { dateStart: values[0] ?? '' })],
  '--datestop': [1, ({ values, clock }) => clockTest(clock, { dateStop: values[0] ?? '' })],
  // What the route look-up says of the way out holds for the way back.
  '--validmark': [0, () => null],
  '--loose': [0, () => null],
  '--accept-local': [0, () => null],
  '--invert': [0, ({ module }) => (module === 'rpfilter' ? null : unknown)],
};

/**
 * Addresses and port that a rule asks for, before anything else of it is read. iptables-save writes `-s` and `-d` first
 * and never in quotes: a comment with such words in it comes later, and behind a quote nothing is looked at.
 */
export function onlyOf(text: string): Only {
  const quote = text.indexOf('"');
  const plain = quote < 0 ? text : text.slice(0, quote);
  return {
    source: spanBehind(plain, '-s '),
    destination: spanBehind(plain, '-d '),
    destinationPort: portBehind(plain),
  };
}

/** Where a value begins behind an option that stands by itself and is not negated; -1 without. */
function behind(text: string, option: string): number {
  const at = text.indexOf(option);
  if (at < 0 || (at > 0 && text[at - 1] !== ' ') || (at > 1 && text[at - 2] === '!')) return -1;
  return at + option.length;
}

function wordAt(text: string, at: number): string {
  const end = text.indexOf(' ', at);
  return text.slice(at, end < 0 ? undefined : end);
}

function spanBehind(text: string, option: string): Span | null {
  const at = behind(text, option);
  return at < 0 ? null : spanOf(wordAt(text, at));
}

function portBehind(text: string): Span | null {
  const at = behind(text, '--dport ');
  const word = at < 0 ? '' : wordAt(text, at);
  return /^\d+$/.test(word) ? point(Number(word)) : null;
}

export function compileRule(text: string, around: Surroundings): Compiled {
  const words = splitWords(text);
  const steps: Step[] = [];
  const clock: Reading['clock'] = {};
  let owner: string | null = null;
  let negate = false;
  let module = '';
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '!') {
      negate = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      steps.push(...targetSteps(word, words[index + 1] ?? '', words.slice(index + 2), around));
      return { steps, owner };
    }
    if (word === '-m') module = words[index + 1] ?? '';
    const option = OPTIONS[word];
    if (option === undefined) {
      let until = index + 1;
      while (until < words.length && !/^(?:!$|-)/.test(words[until] ?? '')) until += 1;
      steps.push({ kind: 'match', test: unknown });
      if (word === '--cgroup' || word === '--path') owner = `cgroup ${words[index + 1] ?? ''}`;
      negate = false;
      index = until - 1;
      continue;
    }
    const [count, make] = option;
    const values = words.slice(index + 1, index + 1 + count);
    let test = make({ ...around, values, clock, module });
    // The process may be of that group besides its own.
    if (word === '--gid-owner' && words.includes('--suppl-groups')) test = atLeast(test ?? unknown);
    if (word === '--uid-owner' || word === '--gid-owner')
      owner = `${negate ? 'not ' : ''}${word.slice(2, 5)} ${values[0] ?? ''}`;
    if (test !== null && word === '--mark' && module === 'connmark')
      test = negate ? ofConnection(opposite(test)) : ofConnection(test);
    if (test !== null) steps.push({ kind: 'match', test: negate && module !== 'connmark' ? opposite(test) : test });
    else if (word === '-m' && module === 'rpfilter') {
      const inverted = words.slice(index + 2, index + 6).includes('--invert');
      steps.push({ kind: 'match', test: inverted ? opposite(rpfilter) : rpfilter });
    }
    // Matches that may be written without an option of their own, and cannot be decided.
    else if (word === '-m' && UNDECIDED.has(module) && !hasOption(words, index + 2))
      steps.push({ kind: 'match', test: unknown });
    negate = false;
    index += count;
  }
  return { steps, owner };
}

const UNDECIDED = new Set(['limit', 'recent', 'socket', 'policy', 'helper', 'ah', 'esp', 'frag', 'rt', 'hbh']);

function hasOption(words: readonly string[], from: number): boolean {
  const next = words[from] === '!' ? words[from + 1] : words[from];
  return next?.startsWith('--') === true;
}

/** Without a connection there is nothing to compare, also with `!`. */
const ofConnection =
  (test: Test): Test =>
  (packet, host) =>
    and(hasConnection(packet), test(packet, host));

const atLeast =
  (test: Test): Test =>
  (packet, host) =>
    test(packet, host) === true ? true : null;

const opposite =
  (test: Test): Test =>
  (packet, host) =>
    not(test(packet, host));

/** The answer comes in where the request went out. Bare `rpfilter` matches then, `--invert` does not. */
const rpfilter: Test = ({ answer, iif }) => (answer && iif !== UNKNOWN_DEVICE ? true : null);

const NUMBERS: Readonly<Record<string, number>> = { tcp: TCP, udp: UDP };

function protocolTest(value: string): Test {
  if (value === 'all' || value === '0') return () => true;
  const wanted = NUMBERS[value] ?? (/^\d+$/.test(value) ? Number(value) : -1);
  return ({ protocol }) => protocol === wanted;
}

function addressTest(value: string, side: 'source' | 'destination'): Test {
  return spanTest(value, (packet) => packet[side]);
}

function spanTest(value: string, of: (packet: Packet) => Span | null): Test {
  const span = spanOf(value);
  if (span === null) return unknown;
  return (packet) => {
    const own = of(packet);
    return own === null ? null : within(own, span);
  };
}

function deviceTest(value: string, side: 'iif' | 'oif'): Test {
  const start = value.endsWith('+') ? value.slice(0, -1) : null;
  return (packet) => {
    const device = packet[side];
    if (device === UNKNOWN_DEVICE) return value === 'lo' ? false : null;
    return start === null ? device === value : device.startsWith(start);
  };
}

function inPorts(port: Span, text: string): Ternary {
  let answer: Ternary = false;
  for (const part of text.split(',')) {
    const [low = '', high = low] = part.split(':');
    const span = { lo: low === '' ? 0 : Number(low), hi: high === '' ? 65_535 : Number(high) };
    if (Number.isNaN(span.lo) || Number.isNaN(span.hi)) return null;
    answer = or(answer, within(port, span));
  }
  return answer;
}

function portTest(value: string, sides: readonly ('sourcePort' | 'destinationPort')[]): Test {
  return (packet) => sides.reduce<Ternary>((sum, side) => or(sum, inPorts(packet[side], value)), false);
}

const FLAGS: Readonly<Record<string, number>> = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ALL: 63,
  NONE: 0,
};

function flagsTest(mask: string, wanted: string): Test {
  const bits = (text: string): number => text.split(',').reduce((sum, name) => sum | (FLAGS[name] ?? 0), 0);
  const [among, set] = [bits(mask), bits(wanted)];
  return ({ flags, protocol }) => protocol === TCP && (flags & among) === set;
}

function stateTest(value: string): Test {
  let bits = 0;
  const names = value.toLowerCase().split(',');
  for (const name of names) {
    bits |= CT_STATES[name as keyof typeof CT_STATES] ?? 0;
  }
  return (packet) => {
    const state = connState(packet);
    if (state === null) return null;
    if ((state & bits) !== 0) return true;
    // The source is translated last, behind whatever looks at the first packet.
    const source = names.includes('snat') && (packet.answer || packet.later) ? null : false;
    return or(source, names.includes('dnat') ? packet.translated : false);
  };
}

function tracked(packet: Packet, value: Ternary): Ternary {
  return and(hasConnection(packet), value);
}

/** Class of service and congestion notification in one byte: the latter is as the path is. */
function tosTest(text: string): Test {
  const wanted = markOf(text.includes('/') ? text : `${text}/0xff`);
  if (wanted === null) return unknown;
  return ({ answer, dscp }) => {
    if (answer || dscp === null) return null;
    const mask = wanted.mask & 0xfc;
    if (((dscp << 2) & mask) !== (wanted.value & mask)) return false;
    return (wanted.mask & 3) === 0 ? true : null;
  };
}

const ttlTest =
  (holds: (ttl: number) => boolean): Test =>
  ({ ttl }) =>
    ttl === null ? null : holds(ttl);

/** `value[/mask]`. */
function markOf(text: string): { readonly value: number; readonly mask: number } | null {
  const [value = '', mask = '0xffffffff'] = text.split('/');
  const [wanted, bits] = [Number(value), Number(mask)];
  return Number.isInteger(wanted) && Number.isInteger(bits) ? { value: wanted, mask: bits } : null;
}

function markTest(text: string, which: 'mark' | 'connMark'): Test {
  const wanted = markOf(text);
  if (wanted === null) return unknown;
  return (packet) => {
    const own = packet[which];
    return isPoint(own) ? (Number(own.lo) & wanted.mask) >>> 0 === wanted.value >>> 0 : null;
  };
}

function ownerTest(value: string, which: 'uid' | 'gid'): Test {
  const [low = '', high = low] = value.split('-');
  if (!/^\d+$/.test(low) || !/^\d+$/.test(high)) return unknown;
  return (packet) => {
    const id = packet[which];
    return packet.answer || id === null ? null : id >= Number(low) && id <= Number(high);
  };
}

function setTest(name: string, directions: string, sets: Sets): Test {
  const sides = directions.split(',');
  return (packet) => {
    const set = sets.get(name);
    if (set === undefined) return null;
    const { changedSets } = packet;
    // What is in it now is not what was in it when a rule before has put our packet there.
    if (changedSets.includes(name) || set.members.some((member) => changedSets.includes(member))) return null;
    return set.has(packet, sides, sets);
  };
}

function typeTest(value: string, of: (packet: Packet) => string | null): Test {
  const wanted = value.toLowerCase().split(',');
  return (packet) => {
    const type = of(packet);
    return type === null ? null : wanted.includes(type);
  };
}

/** All options of one `time` match count together; the last one to come completes the clock. */
function clockTest(clock: Reading['clock'], more: Clock): Test | null {
  const first = Object.keys(clock).length === 0;
  Object.assign(clock, more);
  return first ? (_, host) => inClock(clock, host.now) : null;
}

/** Targets that only note, mark or shape. */
const HARMLESS = new Set([
  'LOG', 'NFLOG', 'ULOG', 'TRACE', 'AUDIT', 'CLASSIFY', 'TCPMSS', 'TEE', 'RATEEST', 'IDLETIMER', 'ECN',
  'CHECKSUM', 'LED', 'SECMARK', 'CONNSECMARK', 'TCPOPTSTRIP', 'NFACCT',
]); // prettier-ignore

const decide = (decision: Decision): Step => ({ kind: 'decide', decision });

function targetSteps(how: string, target: string, options: readonly string[], around: Surroundings): readonly Step[] {
  const chain = around.chainOf(target);
  if (how === '-g') return [decide({ do: 'goto', chain })];
  switch (target) {
    case 'TOS':
    case 'DSCP':
      return [RECLASSED];
    case 'TTL':
    case 'HL':
      return [RELIVED];
    case 'HMARK':
      return [{ kind: 'change', change: (packet) => ({ ...packet, mark: ANY_32 }) }];
    case 'ACCEPT':
      return [decide({ do: 'accept' })];
    case 'DROP':
      return [decide({ do: 'drop' })];
    case 'REJECT':
      return [decide({ do: 'reject' })];
    case 'RETURN':
      return [decide({ do: 'return' })];
    case 'QUEUE':
      return [decide({ do: 'queue', first: 0, last: 0, bypass: false })];
    case 'NFQUEUE':
      return [decide(queueOf(options))];
    case 'REDIRECT':
      return [decide({ do: 'redirect', address: null, port: portIn(valueOf(options, '--to-ports')), local: true })];
    case 'DNAT':
      return [decide(destinationOf(valueOf(options, '--to-destination')))];
    case 'NETMAP':
      return [decide({ do: 'redirect', address: null, port: null, local: false })];
    case 'SNAT':
    case 'MASQUERADE':
      return [decide({ do: 'translate_source' })];
    case 'NOTRACK':
      return [{ kind: 'change', change: (packet) => ({ ...packet, tracked: false }) }];
    case 'CT':
      if (options.includes('--notrack'))
        return [{ kind: 'change', change: (packet) => ({ ...packet, tracked: false }) }];
      return options.some((option) => option.startsWith('--zone')) ? [ZONED] : [];
    case 'SET':
      return setSteps(options);
    case 'MARK':
      return markSteps(options, 'mark');
    case 'CONNMARK':
      return markSteps(options, 'connMark');
    default:
  }
  if (chain !== null) return [decide({ do: 'jump', chain })];
  return HARMLESS.has(target) || target === '' ? [] : [decide({ do: 'unknown' })];
}

function valueOf(options: readonly string[], name: string): string {
  const at = options.indexOf(name);
  return at < 0 ? '' : (options[at + 1] ?? '');
}

const portIn = (text: string): number | null => (/^\d{1,5}$/.test(text) ? Number(text) : null);

function queueOf(options: readonly string[]): Decision {
  const [low = '0', high = low] = (valueOf(options, '--queue-balance') || valueOf(options, '--queue-num') || '0').split(
    ':',
  );
  return { do: 'queue', first: Number(low), last: Number(high), bypass: options.includes('--queue-bypass') };
}

/** `address`, `address:port`, `[address]:port`, `:port`; of a range of addresses nothing but that it leads away is known. */
function destinationOf(text: string): Decision {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]*(?:::?[^:]*){2,}|[^:]*))(?::(\d+)(?:-\d+)?)?$/.exec(text) ?? [];
  const address = addressOf(six ?? four ?? '');
  const local = address !== null && (typeof address === 'bigint' ? address === 1n : address >>> 24 === 127);
  return { do: 'redirect', address, port: portIn(port ?? ''), local };
}

/** `-j SET` puts the packet into a set or takes it out of one, for all that look at it later; `--map-set` marks it. */
function setSteps(options: readonly string[]): readonly Step[] {
  const change = (changed: (packet: Packet) => Packet): readonly Step[] => [{ kind: 'change', change: changed }];
  if (options.includes('--map-set')) return change((packet) => ({ ...packet, mark: ANY_32 }));
  const name = valueOf(options, '--add-set') || valueOf(options, '--del-set');
  return change((packet) => ({ ...packet, changedSets: [...new Set([...packet.changedSets, name])] }));
}

/** Value and mask of `--set-xmark` and its kin: bits of the mask are cleared, then those of the value toggled. */
function markSteps(options: readonly string[], which: 'mark' | 'connMark'): readonly Step[] {
  const put = (to: (packet: Packet) => Span): readonly Step[] =>
    which === 'connMark'
      ? [markConnection(to)]
      : [{ kind: 'change', change: (packet) => ({ ...packet, mark: to(packet) }) }];
  const xmark = markOf(valueOf(options, '--set-xmark') || 'none');
  if (xmark !== null) return put((packet) => markedBy(packet[which], point(xmark.value), xmark.mask));
  const set = markOf(valueOf(options, '--set-mark') || 'none');
  if (set !== null) return put((packet) => markedBy(packet[which], point(set.value), (set.mask | set.value) >>> 0));
  const [nfMask, ctMask] = ['--nfmask', '--ctmask'].map((name) => Number(valueOf(options, name) || '0xffffffff'));
  if (nfMask === undefined || ctMask === undefined) return put(() => ANY_32);
  if (options.includes('--save-mark'))
    return put(({ mark, connMark }) => markedBy(connMark, bitsIn(mark, nfMask), ctMask));
  if (!options.includes('--restore-mark')) return put(() => ANY_32);
  return [
    {
      kind: 'change',
      change(packet) {
        const held = hasConnection(packet);
        if (held === false) return packet;
        const restored = markedBy(packet.mark, bitsIn(packet.connMark, ctMask), nfMask);
        return { ...packet, mark: held === true ? restored : ANY_32 };
      },
    },
  ];
}

const bitsIn = (mark: Span, bits: number): Span => (isPoint(mark) ? point((Number(mark.lo) & bits) >>> 0) : ANY_32);

function markedBy(own: Span, value: Span, mask: number): Span {
  if (!isPoint(value)) return ANY_32;
  if (mask === 0xffff_ffff) return value;
  return isPoint(own) ? point(((Number(own.lo) & ~mask) ^ Number(value.lo)) >>> 0) : ANY_32;
}
