/** What the Agent says of itself. */
import { begins, rule, since } from './rule.js';

export const STATUS = {
  showsNextAttempt: begins(
    'aclk-state names the next attempt, the last back-off and a ban',
    'aclk/aclk.c:aclk_state',
    since('1.34.0'),
  ),
  hasCloudObject: begins(
    '/api/v2/info has a `cloud` object with a status',
    'daemon/common.c:buffer_json_cloud_status',
    since('1.41.0'),
  ),
  hasIndirect: begins(
    'status `indirect` is known, and `unavailable` and `disabled` are not; /api/v3/info has it too, with a reason',
    'claim/cloud-status.c',
    since('2.0.0', '1.47.0-2'),
  ),
  availableIsUnclaimed: begins(
    'status `available` means that the Agent is not claimed (before, a claimed one without a link says so too, unless cloud.conf has `enabled = yes`; its `claim_id` tells)',
    'daemon/common.c:cloud_status',
    since('2.0.0', '1.47.0-2'),
  ),
  reasons: rule<'none' | 'words' | 'texts'>(
    'reasons of a link that is down: none, one word of a fixed list, a text',
    'aclk/aclk.c:aclk_status_to_string',
    'none',
    [since('1.41.0'), 'words'],
    [since('2.2.1', '2.2.0-1'), 'texts'],
  ),
  hasConnecting: rule<boolean>(
    'status `connecting` between CONNACK and the first data: counts as online',
    'claim/cloud-status.c',
    false,
    [since('2.2.4'), true],
    [since('2.3.2'), false],
  ),
  commandPipe: rule<'/tmp/netdata-ipc' | 'netdata.pipe in the run directory'>(
    'where netdatacli finds the daemon',
    'daemon/pipename.c',
    '/tmp/netdata-ipc',
    [since('2.3.0', '2.2.0-241'), 'netdata.pipe in the run directory'],
  ),
  pipeVariable: begins('NETDATA_PIPENAME moves the pipe', 'daemon/pipename.c', since('1.41.0')),
  showsProxy: rule<'no' | 'url' | 'described'>(
    'aclk-state shows the proxy: not at all, as a URL with the login crossed out, or described with its source',
    'aclk/aclk.c; aclk/aclk_proxy.c',
    'no',
    [since('2.6.2', '2.6.0-62'), 'url'],
    [since('2.10.0', '2.9.0-30'), 'described'],
  ),
  reloadAnswers: begins(
    '`netdatacli reload-claiming-state` says what became of it; its exit code is 0 in any case',
    'daemon/commands.c',
    since('2.0.0', '1.47.0-2'),
  ),
  logPlace: rule<'error.log' | 'journal or daemon.log'>('where the daemon logs', 'libnetdata/log', 'error.log', [
    since('1.44.0'),
    'journal or daemon.log',
  ]),
} as const;
