/**
 * The one conversation that an Agent expects after it is connected: it asks for a node to be created, the cloud
 * answers with a node id. Field numbers are those of the published schema (netdata/aclk-schemas,
 * nodeinstance/create/v1): request 1 claim id, 2 machine GUID, 3 host name; result 1 node id, 2 machine GUID.
 */
import { MqttProtocolError } from '../mqtt/reason.js';
import { varint, WireReader } from '../mqtt/wire.js';

const LENGTH_DELIMITED = 2;
const MACHINE_GUID_FIELD = 2;

/** The machine GUID of a CreateNodeInstance message; null when it is none. */
export function machineGuidOf(message: Buffer): string | null {
  try {
    const reader = new WireReader(message);
    while (reader.left > 0) {
      const tag = reader.varint();
      if ((tag & 7) === LENGTH_DELIMITED) {
        const value = reader.take(reader.varint());
        if (tag >> 3 === MACHINE_GUID_FIELD) return value.toString();
      } else if ((tag & 7) === 0) {
        reader.varint();
      } else {
        return null;
      }
    }
    return null;
  } catch (error) {
    if (error instanceof MqttProtocolError) return null;
    throw error;
  }
}

/** A CreateNodeInstanceResult message. */
export function nodeInstanceResult(nodeId: string, machineGuid: string): Buffer {
  return Buffer.concat([stringField(1, nodeId), stringField(2, machineGuid)]);
}

function stringField(field: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes]);
}
