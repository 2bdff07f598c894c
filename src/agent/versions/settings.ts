/** Where settings stand. */
import { begins, ends, rule, since } from './rule.js';

const DAEMON = since('2.0.0', '1.47.0-2');

export const SETTINGS = {
  honoursEnabled: ends('cloud.conf `enabled = no` switches the link off', 'claim/claim.c', DAEMON),
  enabledTakesAuto: begins('`enabled = auto` is understood', 'daemon/common.c:cloud_status', since('1.41.0')),
  disableCloudVariable: rule<'not_read' | 'beats_file' | 'default_only'>(
    'NETDATA_DISABLE_CLOUD=1 in the environment of the daemon',
    'daemon/main.c; claim/claim.c',
    'not_read',
    [since('1.37.0'), 'beats_file'],
    [since('1.41.0'), 'default_only'],
    [DAEMON, 'not_read'],
  ),
  urlKey: rule<'url' | 'cloud base url'>(
    'cloud.conf key of the base URL (the old name is still understood)',
    'claim/cloud-conf.c',
    'cloud base url',
    [DAEMON, 'url'],
  ),
  claimedIdInCloudConf: begins(
    'the claimed id is read from cloud.conf first (before, from the file claimed_id only)',
    'claim/cloud-conf.c',
    DAEMON,
  ),
  claimedIdStrict: ends(
    'the file claimed_id must hold the id and nothing else: a line end behind it makes the Agent unclaimed',
    'claim/claim.c:load_claiming_state',
    DAEMON,
  ),
  linkProxyInCloudConf: begins(
    'the proxy of the link is read from cloud.conf, netdata.conf wins (before, from netdata.conf `[cloud]` only)',
    'aclk/aclk_proxy.c:aclk_lws_wss_get_proxy_setting',
    since('1.46.0', '1.45.0-558'),
  ),
  cloudConfFollowsLib: begins(
    'cloud.conf is read where `[directories] lib` of netdata.conf puts it (before, from the built-in place only)',
    'daemon/main.c:main (order)',
    since('2.3.0', '2.2.0-241'),
  ),
  proxyFrozenBeforeClaim: begins(
    'the link fixes its proxy at start-up, before claiming: a claim with a proxy needs a restart',
    'daemon/main.c:main (order)',
    since('2.3.0', '2.2.0-248'),
  ),
} as const;
