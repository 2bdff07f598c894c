/** Claiming: a script run by hand, and from 2.0.0 the daemon itself. */
import { begins, ends, rule, since } from './rule.js';

const DAEMON = since('2.0.0', '1.47.0-2');
const API = 'claim/claim-with-api.c';
const SCRIPT = 'claim/netdata-claim.sh.in';

export const CLAIM = {
  claimsByItself: begins(
    'the daemon claims from claim.conf, the environment or split files; before, a script did it',
    `${API}:claim_agent_automatically`,
    DAEMON,
  ),
  claimTrustsTrustedPem: begins(
    'the claim looks at trusted.pem; cloud_fullchain.pem counts in all versions',
    `${API}:send_curl_request`,
    DAEMON,
  ),
  claimProxyDefault: rule<'env' | 'none'>(
    'proxy of the claim when none is set; `none` switches the proxy variables off as well and is stored for the link',
    `${API}:send_curl_request`,
    'env',
    [DAEMON, 'none'],
    [since('2.1.0', '2.0.0-125'), 'env'],
  ),
  scriptDefaultHost: rule<'app.netdata.cloud' | 'api.netdata.cloud'>(
    'host of the base URL when none is given: the claim script',
    SCRIPT,
    'app.netdata.cloud',
    [since('1.37.0'), 'api.netdata.cloud'],
    [since('1.42.0'), 'app.netdata.cloud'],
  ),
  daemonDefaultHost: rule<'app.netdata.cloud' | 'api.netdata.cloud'>(
    'host of the base URL when none is given: the daemon',
    'claim/claim.h:DEFAULT_CLOUD_BASE_URL',
    'app.netdata.cloud',
    [since('1.37.0'), 'api.netdata.cloud'],
    [since('1.39.0'), 'app.netdata.cloud'],
  ),
  scriptStoresIdOn409: ends(
    'the script takes 409 (claimed already) for success and stores the id, with a key that the cloud does not know',
    SCRIPT,
    since('1.33.0'),
  ),
  scriptReadsEveryWget: begins(
    'the script reads the answer of every wget (before, of those with `--save-headers` only: exit 7)',
    SCRIPT,
    since('1.34.0'),
  ),
  scriptLongOptions: begins('the script takes `--claim-token` and the like', SCRIPT, since('1.41.0')),
  claimByOption: rule<'works' | 'refused'>(
    '`netdata -W "claim …"`: refused by a wrong test',
    'claim/claim.c:claim_agent',
    'works',
    [since('1.41.0'), 'refused'],
    [DAEMON, 'works'],
  ),
  scriptStoresProxy: begins(
    'a proxy given to the claim is stored for the link (before, the script asks to edit netdata.conf)',
    SCRIPT,
    since('1.46.0', '1.45.0-558'),
  ),
  claimReasonLines: rule<1 | 5>(
    'lines of the reason of a failed claim: proxy, insecure, key and CA file are added',
    `${API}:send_curl_request`,
    1,
    [since('2.3.0'), 5],
  ),
  scriptExpandsLineEnds: rule<'none' | 'depends_on_sh' | 'always'>(
    'the script writes claim.conf; where sh does not expand `\\n` it becomes one line that never claims',
    `${SCRIPT}:write_config`,
    'none',
    [DAEMON, 'depends_on_sh'],
    [since('2.9.0'), 'always'],
  ),
  kickstartKeepsPercent: begins(
    'kickstart of that release writes `%` of a proxy login as it stands (before, `%40` became blanks and `s`)',
    'kickstart.sh:write_claim_config',
    since('2.11.0'),
  ),
  survives422WithoutKey: begins(
    'a refusal with status 422 that lacks `errorMsgKey` is handled (before, the daemon crashes)',
    API,
    since('2.10.4', '2.10.0-85'),
  ),
  capsClaimAnswer: begins(
    'an answer to the claim longer than 10 MiB ends the attempt',
    API,
    since('2.10.4', '2.10.0-85'),
  ),
  extraOptsInsecure: rule<'without_the_word' | 'the_word'>(
    'NETDATA_EXTRA_CLAIM_OPTS: verification is off with the word `-insecure`, or (wrongly) with any text without it',
    `${API}:claim_agent_from_environment`,
    'without_the_word',
    [since('2.11.0', '2.10.0-765'), 'the_word'],
  ),
  storesUrlOfParent: begins(
    'a URL that a Parent pushes is stored',
    'claim/cloud-conf.c:cloud_config_url_set',
    since('2.10.0'),
  ),
} as const;
