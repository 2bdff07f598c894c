/** Bad usage or unusable input: one sentence on stderr, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A bug of ours. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** For exhaustive switches. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value: ${JSON.stringify(value)}`);
}
