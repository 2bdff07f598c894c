/**
 * The nodes the cloud knows: their keys, open challenges and minted MQTT credentials (docs/reference/agent.md#claim,
 * #challenge-and-password).
 */
import { constants, createPublicKey, publicEncrypt, timingSafeEqual, type KeyObject } from 'node:crypto';
import { randomUuid, type RandomBytes } from '../seeded-random.js';
import type { KnownNode } from '../types.js';

export interface MqttCredentials {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

/** Long enough to be unguessable, far below the 214 bytes that OAEP leaves of 2048 bits. */
const CHALLENGE_BYTES = 32;

export class Nodes {
  readonly #random: RandomBytes;
  readonly #keys = new Map<string, KeyObject>();
  readonly #challenges = new Map<string, Buffer>();
  readonly #credentials = new Map<string, MqttCredentials & { readonly claimId: string }>();

  constructor(random: RandomBytes, known: readonly KnownNode[]) {
    this.#random = random;
    for (const node of known) this.claim(node.claimId, node.publicKey);
  }

  isClaimed(claimId: string): boolean {
    return this.#keys.has(claimId.toLowerCase());
  }

  /** False when the key is not an RSA key of 2048 bits in PEM. */
  claim(claimId: string, publicKey: string): boolean {
    const key = parseKey(publicKey);
    if (key === null) return false;
    this.#keys.set(claimId.toLowerCase(), key);
    return true;
  }

  /** Base64 of the RSA-OAEP (SHA-1) ciphertext, 344 characters; null for a node that never claimed. */
  challenge(claimId: string): string | null {
    const id = claimId.toLowerCase();
    const key = this.#keys.get(id);
    if (!key) return null;
    const plaintext = this.#random(CHALLENGE_BYTES);
    this.#challenges.set(id, plaintext);
    return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, plaintext).toString(
      'base64',
    );
  }

  /** Credentials for the right answer to the last challenge, which is used up either way; null for a wrong one. */
  answer(claimId: string, response: string): MqttCredentials | null {
    const id = claimId.toLowerCase();
    const expected = this.#challenges.get(id);
    this.#challenges.delete(id);
    const given = Buffer.from(response, 'base64');
    if (!expected || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const minted = {
      clientId: randomUuid(this.#random),
      username: `agent-${this.#random(4).toString('hex')}`,
      password: this.#random(24).toString('base64url'),
    };
    this.#credentials.set(minted.clientId, { ...minted, claimId: id });
    return minted;
  }

  /** The node these credentials were minted for, or null. */
  authenticate(clientId: string, username: string | null, password: Buffer | null): string | null {
    const minted = this.#credentials.get(clientId);
    const right = minted?.username === username && password?.toString() === minted.password;
    return minted && right ? minted.claimId : null;
  }
}

function parseKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048 ? key : null;
  } catch {
    return null;
  }
}
