/** One TCP connection to one address: no happy eyeballs, no names, one deadline. */
import net from 'node:net';
import { InvariantError } from '../model/errors.js';
import type { Failure } from '../model/failure.js';
import type { ConnectObservation, Family } from '../model/observation.js';
import { classifyError } from './classify.js';
import type { NetContext, Step, StepLabel } from './context.js';
import { afterPoll, guardSocket, rememberPeer } from './socket.js';
import { socketPlace, StepClock } from './step.js';

export interface ConnectInput {
  /** The name that this connection is for; not resolved here. */
  readonly host: string;
  /** Address literal without brackets. */
  readonly address: string;
  readonly port: number;
  readonly peer: 'target' | 'proxy';
}

/** Connects. The handle is an open socket whose place is freed when it closes; the caller destroys it. */
export async function connectTcp(
  ctx: NetContext,
  label: StepLabel,
  input: ConnectInput,
): Promise<Step<ConnectObservation, net.Socket>> {
  // Anything else would be resolved by the system here, unseen.
  if (net.isIP(input.address) === 0) throw new InvariantError('a connection is made to an address, not to a name');
  const release = await socketPlace(ctx);
  const step = new StepClock(ctx, label, 'connect');
  const { host, address, port, peer } = input;
  const family: Family = net.isIPv6(address) ? 6 : 4;
  const end = (failure: Failure | null, socket: net.Socket | null): Step<ConnectObservation, net.Socket> => ({
    observation: step.save({
      ...step.base(address, failure),
      host,
      port,
      family,
      peer,
      localAddress: socket?.localAddress ?? null,
    }),
    handle: socket,
  });
  const blocked = release === null ? step.interrupted() : step.blocked();
  if (blocked !== null) {
    release?.();
    return end(blocked, null);
  }

  return new Promise((resolve) => {
    let socket: net.Socket;
    try {
      const at = ctx.translate?.(address) ?? address;
      socket = net.connect({ host: at, port, autoSelectFamily: false, noDelay: true });
    } catch (error) {
      // Port numbers outside 0..65535 come from configuration files.
      release?.();
      resolve(end(classifyError(error, 'connect'), null));
      return;
    }
    guardSocket(socket);
    rememberPeer(socket, address);
    socket.once('close', () => release?.());
    const finish = (failure: Failure | null): void => {
      cancel();
      step.signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
      socket.off('error', onError);
      if (failure !== null) socket.destroy();
      resolve(end(failure, failure === null ? socket : null));
    };
    const onConnect = (): void => finish(null);
    const onError = (error: Error): void => finish(classifyError(error, 'connect'));
    const onAbort = (): void => finish(step.interrupted());
    const cancel = afterPoll(step.timeoutMs, () => finish(step.timedOut('connection')));
    step.signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', onConnect);
    socket.once('error', onError);
  });
}
