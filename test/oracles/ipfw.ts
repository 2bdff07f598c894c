/** Reads what `targets/ipfw.ts` writes, and nothing else. */
import { linesOf } from './grammar.js';

const ADDRESS = '[0-9a-f.:]{2,39}';
const END = '(?: uid \\w[\\w-]{0,31})?(?: setup)? keep-state';

export const ipfw = linesOf(
  [
    new RegExp(`^table nd_allow\\w*_new add ${ADDRESS}/\\d{1,3}$`),
    ...[
      'allow ipv6-icmp from any to any icmp6types 135,136',
      `allow (?:udp|tcp) from any to ${ADDRESS} dst-port 53 out${END}`,
      `allow tcp from any to table\\(nd_allow\\w*\\) dst-port \\d{1,5}(?:,\\d{1,5})* out${END}`,
    ].map((body) => new RegExp(`^add \\d{1,4} set \\d{1,2} ${body} // nd-allow rules=[0-9a-f]{12}$`)),
  ],
  /\.ipfw$/,
);
