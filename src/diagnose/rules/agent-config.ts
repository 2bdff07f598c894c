import { coveringItem } from '../../agent/no-proxy.js';
import type { ConfigFact } from '../../model/agent.js';
import type { Remedy } from '../../model/finding.js';
import type { Prediction } from '../../model/prediction.js';
import { LEGS } from '../../model/route.js';
import type { Evidence } from '../evidence.js';
import { byLetter, proxyToWrite, remedy, restartAgent, tellAgentProxy } from '../remedies.js';
import type { Cause } from '../rule.js';
import { list, sentence } from '../text.js';
import { effect, factRule, isAtProxy, type Sighting, where } from './agent-facts.js';

export const agentBaseUrlInvalid = factRule({
  id: 'agent.base_url_invalid',
  title: 'The cloud URL is one that the Agent misreads',
  // The way there does not matter: what is at its end is another than meant.
  reach: 'beyond',
  headline: (cause) => `The cloud URL in ${where(cause)} is one that the Agent misreads`,
  meaning: (cause) =>
    `The link takes only https://HOST or https://HOST:PORT: no other scheme or spelling, no user, no IPv6 address, and it ignores a path that the claim would use. ${effect(cause, '')}`.trim(),
  remedies: (_cause, ev) => [
    remedy('agent_config', 'Write the URL in its plain form.', {
      lines: [
        { file: `${ev.agent.installation.cloudDir}/cloud.conf`, text: '[global]\n    url = https://app.netdata.cloud' },
      ],
      command: ev.commands.restart,
      needsRestart: true,
    }),
  ],
});

/** A scheme that one leg ignores, going direct, while another uses it. */
export const agentProxySchemeUnsupported = factRule({
  id: 'agent.proxy_scheme_unsupported',
  title: 'Claim or link does not understand the proxy scheme',
  reach: 'direct',
  headline: (cause) => `Claim or link does not understand the proxy scheme in ${where(cause)}`,
  meaning: (cause) =>
    sentence(
      cause.data['kind'] === 'socks_not_in_this_version'
        ? 'The link can use SOCKS proxies since 2.10.0. Before, one in a file ends the link until the Agent is started again; one in an environment variable means "no proxy" to it. The claim, which is done by libcurl, takes more.'
        : 'The link understands http://, socks5:// and socks5h:// in exactly this spelling (SOCKS since v2.10); anything else means "no proxy" to it. The claim, which is done by libcurl, takes more.',
      effect(cause, 'The direct way happens to be open, so it works, past the proxy.'),
    ),
  remedies: (cause, ev) =>
    cause.data['kind'] === 'socks_not_in_this_version'
      ? [
          remedy(
            'agent_config',
            'Update the Agent to 2.10.0 or newer, or give it an HTTP proxy (a SOCKS server does not become one by another scheme).',
            { command: 'netdata -V' },
          ),
        ]
      : [
          tellAgentProxy(
            ev,
            proxyToWrite(ev),
            'Write the proxy with http:// in front, also for a proxy that carries HTTPS: the scheme says how to talk to the proxy itself.',
          ),
        ],
});

export const agentProxyHostMisread = factRule({
  id: 'agent.proxy_host_misread',
  title: 'The Agent reads another proxy host than the one meant',
  reach: 'proxy',
  headline: (cause) => `The Agent reads another proxy host than the one meant in ${where(cause)}`,
  meaning: (cause) =>
    `The link cuts the host at the first colon (so an IPv6 address in brackets is lost), keeps a slash behind a host without a port, and splits user from host at the first @. ${effect(cause, '')}`.trim(),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev,
      proxyToWrite(ev),
      'Write host name and port, nothing behind the port; use a name instead of an IPv6 address; write @ in a password as %40.',
    ),
  ],
});

export const agentProxyPortMissing = factRule({
  id: 'agent.proxy_port_missing',
  title: 'The proxy has no port, and claim and link assume different ones',
  reach: 'proxy',
  headline: (cause) => `The proxy in ${where(cause)} has no port, and claim and link assume different ones`,
  meaning: (cause) =>
    `Without a port the link takes 8080, the claim 1080 (for http:// proxies). ${effect(cause, 'Only one of them can be right.')}`,
  remedies: (_cause, ev) => [tellAgentProxy(ev, proxyToWrite(ev), 'Write the port, always.')],
});

export const agentProxyCredentialsMisread = factRule({
  id: 'agent.proxy_credentials_misread',
  title: 'The Agent decodes other proxy credentials than the ones meant',
  reach: 'proxy',
  headline: (cause) => `The Agent decodes other proxy credentials than the ones meant in ${where(cause)}`,
  meaning: (cause) =>
    `The link decodes percent signs and reads + as a space; a bare % cuts the value off, a bare @ ends the credentials. libcurl, which makes the claim, differs in + and %. ${effect(cause, '')}`.trim(),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev,
      proxyToWrite(ev),
      'Percent-encode user and password: @ as %40, : as %3A, / as %2F, % as %25, + as %2B, space as %20. Claim and link read that alike.',
    ),
  ],
});

export const agentNoProxyMismatch = factRule({
  id: 'agent.no_proxy_mismatch',
  title: 'no_proxy is honoured by the claim and ignored by the link',
  reach: 'direct',
  alsoExplains: sentToProxyInVain,
  headline: () => 'no_proxy is honoured by the claim and ignored by the link',
  meaning: (cause, ev) =>
    sentence(
      'libcurl applies no_proxy even to a proxy that is set explicitly, so the claim connects directly to a host on that list; the link never looks at it.',
      cause.severity === 'blocks' && !cause.subject.legs.includes('claim')
        ? `The direct way is open and the proxy is not: that is why ${list(cause.subject.legs, 4)} ${cause.subject.legs.length === 1 ? 'fails' : 'fail'} here.`
        : effect(cause, ev.predictions.every(isFine) ? 'Both ways are open, so it works.' : ''),
    ),
  remedies: (cause, ev) => [
    ...(cause.severity === 'blocks' && !cause.subject.legs.includes('claim')
      ? [
          tellAgentProxy(
            ev,
            'none',
            'If the cloud is to be reached directly, as no_proxy says: tell the Agent itself to use no proxy: claim and link both read that.',
          ),
          byLetter(cause, ev, 'If it is to be reached through the proxy: ask the proxy team to allow it.'),
        ]
      : []),
    remedy(
      'agent_config',
      "To have claim and link use the proxy, take netdata.cloud (and patterns that cover it) out of no_proxy in the daemon's environment, then start the Agent again.",
      { command: ev.commands.restart, needsRestart: true },
    ),
  ],
});

/** Legs that no_proxy was meant for as well, that go through the proxy all the same, and get no further than that. */
function sentToProxyInVain({ data }: ConfigFact, ev: Evidence): readonly Sighting[] {
  const claim = ev.prediction('claim');
  if (claim === null || !isFine(claim) || ev.agent.legs.claim.routeId !== 'direct') return [];
  return LEGS.flatMap((leg) => {
    const { host, routeId } = ev.agent.legs[leg];
    if (leg === 'claim' || routeId === 'direct' || ev.prediction(leg)?.outcome !== 'will_fail') return [];
    if (coveringItem(String(data['item'] ?? ''), host) === null) return [];
    const directly = ev.attempts.filter(
      (attempt) => attempt.host === host && attempt.proxy === null && attempt.routeId === 'direct',
    );
    // It would not get there directly either.
    if (directly.length > 0 && !directly.some(({ tls }) => tls !== null && tls.failure === null)) return [];
    const ids = ev.troubles([leg]).filter((id) => isAtProxy(id, ev));
    return ids.length === 0 ? [] : [{ leg, ids }];
  });
}

function isFine({ outcome }: Prediction): boolean {
  return outcome === 'will_work';
}

export const agentProxyEnvMismatch = factRule({
  id: 'agent.proxy_env_mismatch',
  title: 'Claim and link take different routes from the same environment',
  reach: 'direct',
  headline: () => 'Claim and link take different routes from the same environment',
  meaning: (cause) =>
    `The claim looks at https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; the link at http_proxy, then https_proxy, in lower case only. ${effect(cause, 'Both ways are open, so it works.')}`,
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev,
      proxyToWrite(ev),
      "Do not rely on the environment: write the proxy into the Agent's own configuration, which claim and link both read.",
    ),
  ],
});

export const agentEnvNotDaemons = factRule({
  id: 'agent.env_not_daemons',
  title: "The shell's proxy variables are not in the daemon's environment",
  reach: 'direct',
  headline: () => "The proxy variables of this shell are not in the Agent's environment",
  meaning: (cause) =>
    `The daemon is started by the service manager, with its own environment; what curl uses in this shell says nothing about it. ${effect(cause, 'The Agent connects directly, and that works.')}`,
  remedies: (_cause, ev) => [
    tellAgentProxy(ev, proxyToWrite(ev), "Write the proxy into the Agent's own configuration."),
  ],
});

/** Problems that hide whole parts of a file, whatever their key. */
const HIDES = new Set(['bom', 'not_text', 'section_not_closed', 'unknown_section_case']);

/** A line that is ignored may have been the one with the proxy: then the legs go direct without being meant to. */
export const agentConfigSyntax = factRule({
  id: 'agent.config_syntax',
  title: 'The Agent ignores or misreads a line of its configuration',
  reach: ({ data }) =>
    data['effect'] === 'value' && (data['key'] === 'proxy' || HIDES.has(String(data['kind']))) ? 'route' : 'nothing',
  headline: (cause) => `The Agent ignores or misreads a line in ${where(cause)}`,
  meaning: (cause) =>
    `The Agent's own ini dialect: sections in brackets first, "key = value", comments only with # at the beginning of a line, quotes are part of the value. ${effect(cause, '')}`.trim(),
  remedies: (cause, ev) => {
    const written = linesToWrite(cause, ev);
    if (written !== null) return [written];
    return [
      remedy('agent_config', 'Correct the line; the doctor shows what each value becomes.', {
        command: ev.commands.config(),
      }),
    ];
  },
});

/** For a file that an installer has damaged: what it should say, with places for what is secret. */
function linesToWrite(cause: Cause, ev: Evidence): Remedy | null {
  const { kind, write } = cause.data;
  const { file } = cause.subject;
  if (typeof write !== 'string' || file === null) return null;
  const text =
    kind !== 'one_line'
      ? 'Write the line again, with the login as it should be: @ in it as %40.'
      : 'Write the file again, one setting a line.';
  return remedy('agent_config', text, {
    lines: [{ file: file.path, text: write }],
    command: ev.commands.restart,
    needsRestart: true,
  });
}

/** A setting that this version never reads: where it belongs is part of the fact. */
export const agentSettingsMisplaced = factRule({
  id: 'agent.settings_misplaced',
  title: 'A setting stands where this version never reads it',
  reach: ({ data }) => (data['key'] === 'proxy' ? 'direct' : 'nothing'),
  headline: (cause) => `A setting in ${where(cause)} is never read`,
  meaning: (cause) => effect(cause, ''),
  remedies: (cause, ev) => {
    const { key, kind, goesTo } = cause.data;
    if (key === 'proxy')
      return [tellAgentProxy(ev, proxyToWrite(ev), 'Write the proxy where this version of the Agent reads it.')];
    const place = typeof goesTo === 'string' && kind !== 'old_section' ? ` What counts stands in ${goesTo}.` : '';
    return [remedy('agent_config', `Remove the setting: it has no effect.${place}`, { command: ev.commands.config() })];
  },
});

const INPUT_TITLES: Readonly<Record<string, string>> = {
  token_line_end: 'The claim token ends with a line break',
  token_space: 'The claim token begins or ends with a blank',
  token_quotes: 'The claim token stands in quotes',
  token_placeholder: 'The claim token is a placeholder',
  rooms_merged: 'The rooms are glued together without commas',
  rooms_shape: 'A room is not the id of a room',
};

const characters = (count: unknown): string => (count === 1 ? '1 character' : `${String(count)} characters`);

/** What somebody is about to claim with: the cloud will refuse it, whatever the network does. */
export const agentClaimInputInvalid = factRule({
  id: 'agent.claim_input_invalid',
  title: 'The claim token or a room is not what the cloud takes',
  reach: 'nothing',
  headline: ({ data }) =>
    INPUT_TITLES[String(data['kind'])] ?? `The claim token is not a token (${characters(data['characters'])})`,
  meaning: () => 'The cloud refuses such a claim, and the Agent does not try it again by itself.',
  remedies: (cause, ev) => [
    remedy(
      'agent_config',
      String(cause.data['kind']).startsWith('rooms')
        ? 'Copy the room ids from Netdata Cloud (Space settings, Rooms) and write them with commas between them.'
        : 'Copy the token from Netdata Cloud (Connect Nodes) and write it as it is: no quotes, no blanks, no line break.',
    ),
    remedy('agent_config', 'Then let the Agent claim again.', { command: ev.commands.reload }),
  ],
});

/** A build without cloud, or one that is too old for it: only another package helps. */
export const agentTooOld = factRule({
  id: 'agent.too_old',
  title: 'This Agent cannot reach Netdata Cloud: it is too old, or built without it',
  reach: 'nothing',
  alsoExplains: (_, ev) =>
    ev.predictions.flatMap(({ leg, rule, stops }) =>
      rule === 'agent:version.too_old' && stops !== null ? [{ leg, ids: [stops] }] : [],
    ),
  headline: ({ data }) =>
    data['kind'] === 'built_without_cloud'
      ? 'This Agent was built without support for Netdata Cloud'
      : 'This Agent is too old for Netdata Cloud',
  meaning: ({ data }) =>
    data['kind'] === 'built_without_cloud'
      ? 'Distributions build it so; no setting changes it. From version 2 on every build has it.'
      : 'What this version does is not known to the rules here; those of the oldest known one were taken.',
  remedies: () => [
    remedy('host', "Replace the package: remove the distribution's, then install one of Netdata's own.", {
      command:
        'wget -O /tmp/netdata-kickstart.sh https://get.netdata.cloud/kickstart.sh && sh /tmp/netdata-kickstart.sh',
    }),
  ],
});

export const agentInsecureIneffective = factRule({
  id: 'agent.insecure_ineffective',
  title: 'insecure = yes does not do what is hoped',
  reach: 'nothing',
  headline: (cause) => `insecure in ${where(cause)} does not do what is hoped`,
  meaning: () =>
    'It is true only for yes, true, on, auto or "on demand" (1 is false). On the claim it accepts everything; on the link it accepts a self-signed certificate and nothing else, so it does not help against TLS inspection.',
  remedies: () => [
    remedy(
      'agent_config',
      'Leave insecure out. Against inspection: an exemption, or the root certificate of the inspection in the system store.',
    ),
  ],
});

export const agentKeyMissing = factRule({
  id: 'agent.key_missing',
  title: "The Agent's private key is missing or unreadable",
  reach: 'nothing',
  headline: () => 'The Agent is claimed, but its private key is missing or unreadable',
  meaning: () =>
    'The link signs in with that key. Without it the Agent does not even try the network: it waits and looks for the key every 5 s.',
  remedies: (_cause, ev) => [
    remedy('host', "Make the key readable for the Agent's user. Then restart the Agent.", {
      command: `sudo chown netdata:netdata ${ev.agent.installation.libDir}/cloud.d/private.pem`,
      needsRestart: true,
    }),
    remedy(
      'agent_config',
      'If it is lost, claim the node again: remove claimed_id from the cloud.d directory and cloud.conf, then claim with a token.',
    ),
    restartAgent(ev, 'The key is loaded once per process.'),
  ],
});

/** Only Agents that still know the switch obey it. */
export const agentLinkDisabled = factRule({
  id: 'agent.link_disabled',
  title: 'The link is switched off in cloud.conf',
  reach: 'nothing',
  headline: (cause) =>
    cause.severity === 'blocks'
      ? `The link is switched off in ${where(cause)}`
      : `enabled = no in ${where(cause)} has no effect on this Agent`,
  meaning: (cause) =>
    cause.severity === 'blocks'
      ? 'This Agent version honours the switch and makes no connection to the cloud.'
      : 'Newer Agents do not know the switch any more: an Agent that is claimed connects.',
  remedies: (cause, ev) => {
    if (cause.severity !== 'blocks') return [];
    // No setting helps a build without cloud: what it needs is told by `agent.too_old`.
    if (ev.agent.facts.some(({ data }) => data['kind'] === 'built_without_cloud')) return [];
    return [
      remedy('agent_config', 'Switch the link on.', { command: ev.commands.config('enable', '--apply') }),
      restartAgent(ev, 'Then restart the Agent.'),
    ];
  },
});

/** A note that frames the verdict on the claim. */
export const agentAlreadyClaimed = factRule({
  id: 'agent.already_claimed',
  title: 'The Agent is already claimed',
  reach: 'nothing',
  cap: 'notes',
  headline: () => 'The Agent is already claimed',
  meaning: () =>
    'A claimed Agent does not look at claim.conf, claim variables or token files any more: editing them changes nothing. The verdict on the claim is about claiming it anew.',
  remedies: () => [
    remedy('agent_config', 'To change the proxy or the URL, edit cloud.conf and start the Agent again.'),
  ],
});

/** A note: the answer is about an Agent that would be installed. */
export const agentNotInstalled = factRule({
  id: 'agent.not_installed',
  title: 'No Agent is installed on this host',
  reach: 'nothing',
  cap: 'notes',
  headline: () => 'No Agent is installed on this host',
  meaning: (_cause, ev) =>
    `The verdict is about an Agent with default settings, version ${ev.agent.version.value}, that would be installed here.`,
  remedies: (_cause, ev) => [
    remedy('agent_config', 'To check what the installer needs as well:', {
      command: ev.commands.doctor('--for install,update'),
    }),
  ],
});
