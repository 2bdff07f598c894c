/** How the Agent is built and what it says of that. */
import { begins, ends, rule, since } from './rule.js';

export const BUILD = {
  mayLackCloud: ends(
    'the Agent can be built without cloud support',
    'CMakeLists.txt; claim/netdata-claim.sh.in',
    since('2.0.0', '1.47.0-2'),
  ),
  buildinfo: rule<'features' | 'lines' | 'sections'>(
    '`netdata -W buildinfo`: old feature names, lines with YES or NO, sections with underscores',
    'daemon/buildinfo.c:print_build_info',
    'features',
    [since('1.37.0'), 'lines'],
    [since('1.41.0'), 'sections'],
  ),
  hasLegacyLink: ends(
    'a second, older implementation of the link can be chosen (`aclk implementation = legacy`)',
    'aclk/aclk_api.c',
    since('1.33.0'),
  ),
  speaksProtobufOnly: begins(
    'the link speaks protobuf only (before, a build may speak JSON, which the cloud may not offer any more)',
    'aclk/aclk_otp.c:aclk_get_env',
    since('1.36.0'),
  ),
} as const;
