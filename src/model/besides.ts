/** What stops packets of a host besides its firewall rules: `manager` of such a `read_local_firewall`. */
export const BESIDES_RULES = {
  /** Entries of the routing table, rules of policy routing, devices that discard. */
  routing: 'routing',
  /** Policies of IPsec (ip-xfrm(8)). */
  ipsec: 'ipsec',
  /** Settings of a unit: BPF programs of its control group (systemd.resource-control(5)). */
  systemd: 'systemd',
  /** Filters of tc(8), and XDP. */
  tc: 'tc',
  /** The kernel's own count of what it could not send: by whom is not known. */
  kernel: 'kernel',
} as const;

const NAMES: ReadonlySet<string> = new Set(Object.values(BESIDES_RULES));

/** Whether a read says nothing of firewall rules. */
export const isBesidesRules = ({ manager }: { readonly manager: string }): boolean => NAMES.has(manager);
