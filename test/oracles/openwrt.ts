/** Reads what `targets/openwrt.ts` writes, and nothing else. */
import { linesOf } from './grammar.js';

const ADDRESS = '[0-9a-f.:]{2,39}(?:/\\d{1,3})?';
const WHERE = '[a-zA-Z][a-zA-Z0-9_]{0,10}';

export const openwrt = linesOf(
  [
    /^set firewall\.nd_allow_d[46]\w*='ipset'$/,
    /^set firewall\.(nd_allow_d[46]\w*)\.name='\1'$/,
    /^set firewall\.nd_allow_(?:[dr]([46])\w*)\.family='ipv\1'$/,
    /^set firewall\.nd_allow_dns\d+\.family='ipv[46]'$/,
    /^add_list firewall\.nd_allow_d[46]\w*\.match='dest_(?:ip|net)'$/,
    /^set firewall\.nd_allow_d[46]\w*\.timeout='\d{3,7}'$/,
    new RegExp(`^add_list firewall\\.nd_allow_d[46]\\w*\\.entry='${ADDRESS}'$`),
    /^set firewall\.nd_allow_(?:r[46]\w*|dns\d+)='rule'$/,
    /^set firewall\.nd_allow_(?:r[46]\w*\.name='nd-allow netdata cloud'|dns\d+\.name='nd-allow dns')$/,
    new RegExp(`^set firewall\\.nd_allow_(?:r[46]\\w*|dns\\d+)\\.(?:src|dest)='${WHERE}'$`),
    /^set firewall\.nd_allow_r[46]\w*\.proto='tcp'$/,
    /^add_list firewall\.nd_allow_dns\d+\.proto='(?:tcp|udp)'$/,
    /^add_list firewall\.nd_allow_(?:r[46]\w*\.dest_port='\d{1,5}'|dns\d+\.dest_port='53')$/,
    new RegExp(`^add_list firewall\\.nd_allow_dns\\d+\\.dest_ip='${ADDRESS}'$`),
    /^set firewall\.nd_allow_r([46]\w*)\.ipset='nd_allow_d\1 dest'$/,
    /^set firewall\.nd_allow_(?:r[46]\w*|dns\d+)\.target='ACCEPT'$/,
    /^reorder firewall\.nd_allow_(?:r[46]\w*|dns\d+)='0'$/,
    /^set dhcp\.nd_allow_\d+='ipset'$/,
    /^add_list dhcp\.nd_allow_\d+\.name='nd_allow_d[46]\w*'$/,
    /^add_list dhcp\.nd_allow_\d+\.domain='[a-z0-9.-]{1,253}'$/,
  ],
  /\.uci$/,
);
