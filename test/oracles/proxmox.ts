/** Reads what `targets/proxmox.ts` writes, and nothing else. */
import { linesOf } from './grammar.js';

const ADDRESS = '[0-9a-f.:]{2,39}(?:/\\d{1,3})?';

export const proxmox = linesOf(
  [
    /^\[IPSET nd-allow(?:-[0-9a-z-]+)?\] # nd-allow$/,
    /^\[group nd-allow\] # nd-allow$/,
    new RegExp(`^${ADDRESS} # [a-z0-9. -]{1,120}$`),
    /^OUT ACCEPT -dest \+nd-allow(?:-[0-9a-z-]+)? -p tcp -dport \d{1,5}(?:,\d{1,5}){0,14} # nd-allow netdata cloud$/,
    new RegExp(`^OUT ACCEPT -dest ${ADDRESS} -p (?:tcp|udp) -dport 53 # nd-allow dns$`),
  ],
  /\.cluster\.fw$/,
);
