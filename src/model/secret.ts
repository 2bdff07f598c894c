/**
 * A value that must not be printed. It masks itself in JSON, templates and inspection;
 * only `reveal()` gives it out, to the code that must put it on the wire.
 */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[hidden]';
  }
  toJSON(): string {
    return '[hidden]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[hidden]';
  }
}

/** Proxy credentials, in memory only. */
export interface Credentials {
  readonly user: Secret;
  readonly password: Secret;
}
