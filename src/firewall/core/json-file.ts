/** JSON artefacts: how they are written, and the reader that takes nothing but our own spelling. */

/** Two spaces, final newline. What goes in has been checked or reduced before: it is ASCII. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
