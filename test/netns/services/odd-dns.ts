/** A resolver that is right but awkward, or broken for one record type, as the ones inside appliances are. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import * as packet from 'dns-packet';

export type OddResolver =
  'slow' | 'slow_at_first' | 'truncates' | 'aaaa_silent' | 'aaaa_servfail' | 'aaaa_nxdomain' | 'aaaa_refused';

const [, , address = '', mode = '', records = '{}'] = process.argv;
const zone = JSON.parse(records) as Readonly<Record<string, readonly string[]>>;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;

function answer(query: packet.Packet, overUdp: boolean): Buffer | null {
  const question = query.questions?.[0];
  if (question === undefined) return null;
  const aaaa = question.type === 'AAAA';
  if (aaaa && mode === 'aaaa_silent') return null;
  const known = zone[question.name.toLowerCase()];
  let rcode = known === undefined ? NXDOMAIN : 0;
  if (aaaa && mode === 'aaaa_servfail') rcode = SERVFAIL;
  if (aaaa && mode === 'aaaa_nxdomain') rcode = NXDOMAIN;
  if (aaaa && mode === 'aaaa_refused') rcode = REFUSED;
  const truncated = overUdp && mode === 'truncates';
  const wanted = (known ?? []).filter((item) => item.includes(':') === aaaa && ['A', 'AAAA'].includes(question.type));
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | (truncated ? packet.TRUNCATED_RESPONSE : 0) | rcode,
    questions: [question],
    answers:
      truncated || rcode !== 0
        ? []
        : wanted.map((data) => ({
            type: aaaa ? ('AAAA' as const) : ('A' as const),
            name: question.name,
            ttl: 60,
            data,
          })),
  });
}

/** When the first question for a name came: a resolver that fetches what it does not know. */
const asked = new Map<string, number>();
const FETCH_MS = 6000;

function delayMs(name: string): number {
  if (mode === 'slow') return 1500;
  if (mode !== 'slow_at_first' || zone[name] === undefined) return 0;
  const since = asked.get(name) ?? Date.now();
  asked.set(name, since);
  return Math.max(0, since + FETCH_MS - Date.now());
}

const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
udp.on('message', (bytes, peer) => {
  const query = packet.decode(bytes);
  const reply = answer(query, true);
  const name = query.questions?.[0]?.name.toLowerCase() ?? '';
  if (reply !== null) setTimeout(() => udp.send(reply, peer.port, peer.address), delayMs(name));
});
udp.bind(53, address);
createServer((socket) => {
  let buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
      const length = buffer.readUInt16BE(0);
      const reply = answer(packet.decode(buffer.subarray(2, 2 + length)), false);
      buffer = buffer.subarray(2 + length);
      if (reply === null) continue;
      socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
    }
  });
}).listen(53, address);
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0 });
