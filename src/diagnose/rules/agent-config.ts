import { coveringItem } from '../../agent/no-proxy.js';
import type { ConfigFact } from '../../model/agent.js';
import type { Remedy } from '../../model/finding.js';
import type { Prediction } from '../../model/prediction.js';
import { LEGS } from '../../model/route.js';
import type { Evidence } from '../evidence.js';
import { byLetter, proxyToWrite, remedy, restartAgent, tellAgentProxy } from '../remedies.js';
import type { Cause } from '../rule.js';
import { sentence, stepNames } from '../text.js';
import { effect, factRule, isAtProxy, type Sighting, where } from './agent-facts.js';

export const agentBaseUrlInvalid = factRule({
  id: 'agent.base_url_invalid',
  title: 'The cloud URL is one that the Agent misreads',
  // The way there does not matter: what is at its end is another than meant.
  reach: 'beyond',
  headline: (cause) => `The cloud URL in ${where(cause)} is one that the Agent misreads`,
  meaning: (cause) =>
    sentence(
      'The link accepts only https://HOST or https://HOST:PORT: no other scheme, no user, no IPv6 address.',
      'It ignores a path, which the claim uses.',
      effect(cause, ''),
    ),
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
        ? sentence(
            'The link can use SOCKS proxies since 2.10.0.',
            'Before that, one in a file stops the link until the Agent restarts, and one in the environment means "no proxy".',
            'The claim uses libcurl, which knows more schemes.',
          )
        : sentence(
            'The link understands http://, socks5:// and socks5h:// in exactly this spelling (SOCKS since 2.10.0).',
            'Anything else means "no proxy" to it. The claim uses libcurl, which knows more schemes.',
          ),
      effect(cause, 'The direct way is open, so it works without the proxy.'),
    ),
  remedies: (cause, ev) =>
    cause.data['kind'] === 'socks_not_in_this_version'
      ? [
          remedy(
            'agent_config',
            'Update the Agent to 2.10.0 or newer, or give it an HTTP proxy. Another scheme does not turn a SOCKS server into one.',
            { command: 'netdata -V' },
          ),
        ]
      : [
          tellAgentProxy(
            ev,
            proxyToWrite(ev),
            'Write the proxy with http:// in front, even if it carries HTTPS: the scheme says how to talk to the proxy itself.',
          ),
        ],
});

export const agentProxyHostMisread = factRule({
  id: 'agent.proxy_host_misread',
  title: 'The Agent misreads the proxy host',
  reach: 'proxy',
  headline: (cause) => `The Agent misreads the proxy host in ${where(cause)}`,
  meaning: (cause) =>
    sentence(
      'The link cuts the host at the first colon, so it loses an IPv6 address in brackets.',
      'It keeps a slash after a host without a port, and splits user and host at the first @.',
      effect(cause, ''),
    ),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev,
      proxyToWrite(ev),
      'Write host name and port, and nothing after the port. Use a name instead of an IPv6 address; write @ in a password as %40.',
    ),
  ],
});

export const agentProxyPortMissing = factRule({
  id: 'agent.proxy_port_missing',
  title: 'The proxy has no port, and claim and link assume different ones',
  reach: 'proxy',
  headline: (cause) => `The proxy in ${where(cause)} has no port, and claim and link assume different ones`,
  meaning: (cause) =>
    sentence(
      'Without a port, the link uses 8080 and the claim 1080 (for http:// proxies).',
      effect(cause, 'At most one of them is right.'),
    ),
  remedies: (_cause, ev) => [tellAgentProxy(ev, proxyToWrite(ev), 'Always write the port.')],
});

export const agentProxyCredentialsMisread = factRule({
  id: 'agent.proxy_credentials_misread',
  title: 'The Agent misreads the proxy credentials',
  reach: 'proxy',
  headline: (cause) => `The Agent misreads the proxy credentials in ${where(cause)}`,
  meaning: (cause) =>
    sentence(
      'The link decodes percent signs and reads + as a space; a bare % cuts the value off and a bare @ ends it.',
      'The claim uses libcurl, which reads + and % differently.',
      effect(cause, ''),
    ),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev,
      proxyToWrite(ev),
      'Percent-encode user and password: @ as %40, : as %3A, / as %2F, % as %25, + as %2B, space as %20. Claim and link read that the same way.',
    ),
  ],
});

export const agentNoProxyMismatch = factRule({
  id: 'agent.no_proxy_mismatch',
  title: 'The claim obeys no_proxy, the link ignores it',
  reach: 'direct',
  alsoExplains: sentToProxyInVain,
  headline: () => 'The claim obeys no_proxy, the link ignores it',
  meaning: (cause, ev) =>
    sentence(
      'The claim connects directly to hosts in no_proxy, even if a proxy is set explicitly; the link never reads no_proxy.',
      cause.severity === 'blocks' && !cause.subject.legs.includes('claim')
        ? `The direct way is open and the proxy is not, so ${stepNames(cause.subject.legs)} ${cause.subject.legs.length === 1 ? 'fails' : 'fail'} here.`
        : effect(cause, ev.predictions.every(isFine) ? 'Both ways are open, so it works.' : ''),
    ),
  remedies: (cause, ev) => [
    ...(cause.severity === 'blocks' && !cause.subject.legs.includes('claim')
      ? [
          tellAgentProxy(
            ev,
            'none',
            'If the Agent should connect directly, as no_proxy says, tell it to use no proxy: claim and link both read that.',
          ),
          byLetter(cause, ev, 'If the Agent should use the proxy, ask the proxy team to allow it.'),
        ]
      : []),
    remedy(
      'agent_config',
      "To use the proxy for both, take netdata.cloud and patterns that cover it out of no_proxy in the Agent's environment. Then restart the Agent.",
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
    sentence(
      'The claim reads https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY.',
      'The link reads http_proxy, then https_proxy, in lower case only.',
      effect(cause, 'Both ways are open, so it works.'),
    ),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev,
      proxyToWrite(ev),
      "Write the proxy into the Agent's own configuration, which claim and link both read.",
    ),
  ],
});

export const agentEnvNotDaemons = factRule({
  id: 'agent.env_not_daemons',
  title: "The proxy variables of the shell are not in the Agent's environment",
  reach: 'direct',
  headline: () => "The proxy variables of this shell are not in the Agent's environment",
  meaning: (cause) =>
    sentence(
      'The service manager starts the Agent with an environment of its own, so the variables of this shell do not reach it.',
      effect(cause, 'The Agent connects directly, and that works.'),
    ),
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
    sentence(
      'The Agent reads "key = value" below a section in brackets; only # at the start of a line begins a comment, and quotes belong to the value.',
      effect(cause, ''),
    ),
  remedies: (cause, ev) => {
    const written = linesToWrite(cause, ev);
    if (written !== null) return [written];
    return [
      remedy('agent_config', 'Correct the line. This shows how the Agent reads each value:', {
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
      ? 'Write the line again with the right login, and @ in it as %40.'
      : 'Write the file again, one setting per line.';
  return remedy('agent_config', text, {
    lines: [{ file: file.path, text: write }],
    command: ev.commands.restart,
    needsRestart: true,
  });
}

/** A setting that this version never reads: where it belongs is part of the fact. */
export const agentSettingsMisplaced = factRule({
  id: 'agent.settings_misplaced',
  title: 'A setting is in a place that this version never reads',
  reach: ({ data }) => (data['key'] === 'proxy' ? 'direct' : 'nothing'),
  headline: (cause) => `This version never reads a setting in ${where(cause)}`,
  meaning: (cause) => effect(cause, ''),
  remedies: (cause, ev) => {
    const { key, kind, goesTo } = cause.data;
    if (key === 'proxy')
      return [tellAgentProxy(ev, proxyToWrite(ev), 'Write the proxy where this version of the Agent reads it.')];
    const place =
      typeof goesTo === 'string' && kind !== 'old_section' ? ` The setting that counts is in ${goesTo}.` : '';
    return [remedy('agent_config', `Remove the setting: it has no effect.${place}`, { command: ev.commands.config() })];
  },
});

const INPUT_TITLES: Readonly<Record<string, string>> = {
  token_line_end: 'The claim token ends with a line break',
  token_space: 'The claim token begins or ends with a blank',
  token_quotes: 'The claim token is in quotes',
  token_placeholder: 'The claim token is a placeholder',
  rooms_merged: 'The room ids run together without commas',
  rooms_shape: 'A value in the list of rooms is not a room id',
};

const characters = (count: unknown): string => (count === 1 ? '1 character' : `${String(count)} characters`);

/** What somebody is about to claim with: the cloud will refuse it, whatever the network does. */
export const agentClaimInputInvalid = factRule({
  id: 'agent.claim_input_invalid',
  title: 'The claim token or a room id is invalid',
  reach: 'nothing',
  headline: ({ data }) =>
    INPUT_TITLES[String(data['kind'])] ?? `The claim token is not a token (${characters(data['characters'])})`,
  meaning: () => 'The cloud refuses such a claim, and the Agent does not repeat a refused claim.',
  remedies: (cause, ev) => [
    remedy(
      'agent_config',
      String(cause.data['kind']).startsWith('rooms')
        ? 'Copy the room ids from Netdata Cloud (Space settings, Rooms) and separate them with commas.'
        : 'Copy the token from Netdata Cloud (Connect Nodes) and write it without quotes, blanks or a line break.',
    ),
    remedy('agent_config', 'Then let the Agent claim again.', { command: ev.commands.reload }),
  ],
});

export const ANOTHER_PACKAGE = remedy('host', "Remove the distribution's package, then install one from Netdata.", {
  command: 'wget -O /tmp/netdata-kickstart.sh https://get.netdata.cloud/kickstart.sh && sh /tmp/netdata-kickstart.sh',
});

/** What the version and the build themselves tell; `agentTooOld` adds what the running Agent says. */
export const tooOldInFiles = factRule({
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
      ? 'Some distributions build it this way, and no setting changes that. Every build since version 2 has it.'
      : 'The doctor does not know this version and used the rules of the oldest one that it knows.',
  remedies: () => [ANOTHER_PACKAGE],
});

export const agentInsecureIneffective = factRule({
  id: 'agent.insecure_ineffective',
  title: 'insecure = yes does not switch verification off',
  reach: 'nothing',
  headline: (cause) => `insecure in ${where(cause)} does not switch verification off`,
  meaning: () =>
    sentence(
      'Only yes, true, on, auto and "on demand" switch it on; 1 does not.',
      'The claim then accepts every certificate.',
      'The link accepts only a self-signed one, so insecure does not help against TLS inspection.',
    ),
  remedies: () => [
    remedy(
      'agent_config',
      'Remove insecure. If TLS is inspected, ask for an exemption or put the root of the inspection into the system store.',
    ),
  ],
});

export const agentKeyMissing = factRule({
  id: 'agent.key_missing',
  title: "The Agent's private key is missing or unreadable",
  reach: 'nothing',
  headline: () => 'The Agent is claimed, but its private key is missing or unreadable',
  meaning: () =>
    'The link signs in with that key. Without it the Agent does not use the network: it looks for the key every 5 s.',
  remedies: (_cause, ev) => [
    remedy('host', "Make the key readable for the Agent's user. Then restart the Agent.", {
      command: `sudo chown netdata:netdata ${ev.agent.installation.libDir}/cloud.d/private.pem`,
      needsRestart: true,
    }),
    remedy(
      'agent_config',
      'If the key is lost, claim the node again: remove claimed_id from cloud.d and cloud.conf, then claim with a token.',
    ),
    restartAgent(ev, 'Restart the Agent: it loads the key once, at its start.'),
  ],
});

/** What the files and the environment tell; `agentLinkDisabled` adds what the running Agent says. */
export const linkDisabledInFiles = factRule({
  id: 'agent.link_disabled',
  title: 'The link is switched off in cloud.conf',
  reach: 'nothing',
  headline: (cause) =>
    cause.severity === 'blocks'
      ? `The link is switched off in ${where(cause)}`
      : `enabled = no in ${where(cause)} has no effect on this Agent`,
  meaning: (cause) =>
    cause.severity === 'blocks'
      ? 'This version obeys the switch and does not connect to the cloud.'
      : 'This version ignores the switch: a claimed Agent always connects.',
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
    sentence(
      'A claimed Agent ignores claim.conf, claim variables and token files, so editing them changes nothing.',
      'The verdict on the claim is about claiming it again.',
    ),
  remedies: () => [remedy('agent_config', 'To change the proxy or the URL, edit cloud.conf and restart the Agent.')],
});

/** A note: the answer is about an Agent that would be installed. */
export const agentNotInstalled = factRule({
  id: 'agent.not_installed',
  title: 'No Agent is installed on this host',
  reach: 'nothing',
  cap: 'notes',
  headline: () => 'No Agent is installed on this host',
  meaning: (_cause, ev) => `The verdict is for an Agent ${ev.agent.version.value} with default settings on this host.`,
  remedies: (_cause, ev) => [
    remedy('agent_config', 'To also check what the installer needs:', {
      command: ev.commands.doctor('--for install,update'),
    }),
  ],
});
