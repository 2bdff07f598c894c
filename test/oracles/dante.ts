/** Reads what `targets/dante.ts` writes, and nothing else. */
import { linesOf } from './grammar.js';

export const dante = linesOf(
  [
    /^socks pass \{$/,
    /^ {4}from: [0-9a-f:./]{3,43} to: [a-z0-9.:/-]{1,253} port = [1-9]\d{0,4}$/,
    /^ {4}command: connect$/,
    /^ {4}protocol: tcp$/,
    /^ {4}log: error$/,
    /^\}$/,
  ],
  /\.danted\.conf$/,
);
