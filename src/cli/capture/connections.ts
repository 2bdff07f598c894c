/** The connections of a capture, as its lines tell them. */
import { isIP } from 'node:net';
import type { Failure } from '../../model/failure.js';
import type { Unacknowledged } from '../../model/observation.js';
import { LEGS, type Leg } from '../../model/route.js';
import { classifyError, failureOf } from '../../net/classify.js';
import { all, numberIn, type Capture, type Section } from './format.js';

/** Centiseconds of the capture. */
export const ms = (word: string | undefined): number | null => {
  const value = numberIn(word);
  return value === null ? null : value * 10;
};

export interface Connection {
  readonly section: Section;
  readonly role: string;
  readonly leg: Leg;
  readonly host: string;
  readonly port: number;
  readonly address: string | null;
  readonly sni: string | null;
  /** Number of a proxy of the capture; null = direct. */
  readonly proxy: string | null;
  readonly beganMs: number;
  readonly connectedMs: number | null;
  readonly securedMs: number | null;
  readonly answeredMs: number | null;
  readonly endedMs: number;
  readonly stopped: boolean;
}

export interface Proxy {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly login: boolean;
}

const isLeg = (word: string | undefined): word is Leg => LEGS.some((leg) => leg === word);

export function connectionsOf(capture: Capture): readonly Connection[] {
  return all(capture, 'conn').flatMap((section): Connection[] => {
    const [role = '', leg, host = '', port, address = '-', sni = '-', proxy = '-', t0, tc, th, ta, te, done] =
      section.words;
    if (!isLeg(leg)) return [];
    return [
      {
        section,
        role,
        leg,
        host: host.toLowerCase(),
        port: numberIn(port) ?? 0,
        address: isIP(address) === 0 ? null : address,
        sni: sni === '-' ? null : sni,
        proxy: proxy === '-' ? null : proxy,
        beganMs: ms(t0) ?? 0,
        connectedMs: ms(tc),
        securedMs: ms(th),
        answeredMs: ms(ta),
        endedMs: ms(te) ?? ms(t0) ?? 0,
        stopped: done !== 'exit',
      },
    ];
  });
}

/** Of the proxies of a capture, by number. */
export function proxiesOf(capture: Capture): ReadonlyMap<string, Proxy> {
  return new Map(
    all(capture, 'proxy').map(({ words: [id = '', scheme = '', host = '', port, login] }) => [
      id,
      { scheme, host: host.toLowerCase(), port: numberIn(port) ?? 0, login: login === 'login' },
    ]),
  );
}

/** What the kernel said of a connection when it was stopped: docs of the rows in net/unacknowledged. */
export function rowOf({ lines }: Section): { readonly state: string; readonly lost: Unacknowledged } | null {
  const [row] = lines['^'];
  if (row === undefined) return null;
  const [, , state = '', queues = '', retransmits = ''] = row.split(' ');
  const [bytes, times] = [Number.parseInt(queues.split(':')[0] ?? '', 16), Number.parseInt(retransmits, 16)];
  return { state, lost: { bytes: Number.isNaN(bytes) ? 0 : bytes, retransmits: Number.isNaN(times) ? 0 : times } };
}

const ESTABLISHED = '01';

export function isEstablished(section: Section): boolean {
  return rowOf(section)?.state === ESTABLISHED;
}

/** What was still on its way when a connection was stopped that had been established. */
export function leftOver(section: Section, stopped: boolean): { readonly unacknowledged?: Unacknowledged } {
  const row = rowOf(section);
  return row !== null && stopped && row.state === ESTABLISHED ? { unacknowledged: row.lost } : {};
}

/** Why nothing was reached: what the system said, else silence. */
export function notConnected(code: string | null, stopped: boolean, said: readonly string[]): Failure {
  if (code !== null) {
    const error = Object.assign(new Error(`connect ${code}`), { code, errno: -1, syscall: 'connect' });
    return classifyError(error, 'connect');
  }
  return stopped
    ? failureOf('generic_timeout_error', 'connect', null, 'no answer to the SYN')
    : failureOf('unknown_failure', 'connect', null, said.join(' ').slice(0, 200));
}
