/** What the running Agent says of its claim and its link, in its own words. */
import type { Contradiction } from '../../agent/predict.js';
import type { Remedy, Severity } from '../../model/finding.js';
import type { Leg } from '../../model/route.js';
import { certain, likely } from '../confidence.js';
import { argument } from '../commands.js';
import type { Evidence } from '../evidence.js';
import { remedy, restartAgent } from '../remedies.js';
import { defineRule, type Cause, type Draft, type FindingRule } from '../rule.js';
import { ms, quote, sentence, type Sentences } from '../text.js';
import { ANOTHER_PACKAGE, linkDisabledInFiles, tooOldInFiles } from './agent-config.js';
import { contradictions } from './agent-running.js';

const LINK: readonly Leg[] = ['env', 'auth', 'link'];

function draftsOf(
  ev: Evidence,
  kind: Contradiction['kind'],
  legs: readonly Leg[],
  weight: { readonly floor?: Severity; readonly condemns?: readonly Leg[] } = {},
): readonly Draft[] {
  return contradictions(ev, kind).map(({ status, contradiction }) => ({
    subject: { legs },
    evidence: [status.id],
    explains: [],
    tags: ['read'],
    ...weight,
    data: contradiction.data,
  }));
}

/** Its own words, and what they mean. */
function said({ data }: Cause): Sentences {
  const { reason, means } = data;
  if (typeof reason !== 'string' || reason === '') return [];
  return sentence(`The Agent says: ${quote(reason)}.`, typeof means === 'string' && means);
}

const again = ({ commands }: Evidence, text: string): Remedy =>
  remedy('agent_config', text, { command: commands.reload });

/** What helps against each refusal, before the claim is made again. */
const REFUSALS: Readonly<Record<string, { readonly title: string; readonly remedy: Remedy }>> = {
  claim_token_refused: {
    title: 'The cloud refused the claim token: expired, not found or invalid',
    remedy: remedy('agent_config', 'Copy a new token from Netdata Cloud (Connect Nodes) and write it into claim.conf.'),
  },
  claim_already_claimed: {
    title: 'The cloud says that this node is claimed already',
    remedy: remedy(
      'cloud',
      'If the node is yours, remove it from its Space in Netdata Cloud. If this host is a clone, give it its own identity: stop the Agent and remove registry/netdata.public.unique.id and cloud.d/*.',
    ),
  },
  claim_room_invalid: {
    title: 'The cloud did not accept one of the rooms',
    remedy: remedy(
      'agent_config',
      'Copy the room ids from Netdata Cloud (Space settings, Rooms) and separate them with commas.',
    ),
  },
  claim_node_name_invalid: {
    title: "The cloud did not accept this host's name",
    remedy: remedy('agent_config', 'Give the node another name: `hostname` in [global] of netdata.conf.'),
  },
  claim_node_id_invalid: {
    title: 'The cloud did not accept the id of this node',
    remedy: remedy(
      'agent_config',
      'Stop the Agent and remove registry/netdata.public.unique.id; it then makes a new id.',
    ),
  },
  claim_key_invalid: {
    title: 'The cloud did not accept the public key of this Agent',
    remedy: remedy(
      'agent_config',
      'Stop the Agent and remove private.pem and public.pem from cloud.d; it then makes new ones.',
    ),
  },
};
const OTHERWISE = {
  title: 'The cloud refused the claim',
  remedy: remedy('agent_config', 'Check the token and the rooms against what Netdata Cloud shows (Connect Nodes).'),
};

export const agentClaimRefused = defineRule({
  id: 'agent.claim_refused',
  title: 'The cloud has refused the claim',
  blames: 'agent_config',
  confidence: [certain('read')],
  requires: ['read_agent_status'],
  evaluate: (ev) => draftsOf(ev, 'claim_refused', ['claim'], { floor: 'risks' }),
  describe(cause, ev) {
    const { title, remedy: first } = REFUSALS[String(cause.data['reasonKind'])] ?? OTHERWISE;
    return {
      title,
      why: sentence('The Agent is not claimed.', said(cause), 'The Agent does not repeat a refused claim.'),
      remedies: [first, again(ev, 'Then let the Agent claim again.')],
    };
  },
});

export const agentClaimNotRetried = defineRule({
  id: 'agent.claim_not_retried',
  title: 'The claim failed earlier, and the Agent does not repeat it',
  blames: 'agent_config',
  confidence: [certain('read')],
  requires: ['read_agent_status'],
  evaluate: (ev) =>
    draftsOf(ev, 'claim_not_retried', ['claim']).map((draft) => ({
      ...draft,
      // While the claim would fail anyway, this is what comes after its cause.
      ...(draft.data?.['open'] === true || draft.data?.['unread'] === true
        ? { floor: 'risks' as const }
        : { cap: 'notes' as const }),
    })),
  describe(cause, ev) {
    const { unread, open, reasonKind } = cause.data;
    if (unread === true) {
      return {
        title: 'The running Agent has not read its claim yet',
        why: sentence('Its files say that it is claimed; the running Agent says that it is not.', said(cause)),
        remedies: [again(ev, 'Let the Agent read its claim.')],
      };
    }
    const first = OWN_FAULTS[String(reasonKind)];
    return {
      title: 'The claim failed earlier, and the Agent does not repeat it',
      why: sentence(
        'The Agent is not claimed.',
        said(cause),
        first !== undefined
          ? 'The network was not the reason.'
          : open === true
            ? 'The network is fine now.'
            : 'A new claim would not get through now either.',
        'The Agent claims when it starts, and when you tell it to.',
      ),
      remedies: [
        ...(first === undefined ? [] : [first(ev)]),
        again(ev, open === true ? 'Let the Agent claim again.' : 'Once the way is open, let the Agent claim again.'),
      ],
    };
  },
});

const disk = ({ agent: { installation } }: Evidence): Remedy =>
  remedy('host', "Make the Agent's cloud.d directory writable for its user, and check for a full disk.", {
    command: `df -h ${argument(installation.libDir)}; ls -ld ${argument(installation.cloudDir)}`,
  });

/** What helps first where this host itself was the reason. */
const OWN_FAULTS: Readonly<Record<string, (ev: Evidence) => Remedy>> = {
  claim_not_saved: disk,
  claim_key_not_made: disk,
  claim_no_ca_file: (ev) =>
    remedy(
      'host',
      "Make the file with the trusted certificates readable for the Agent's user, or remove trusted.pem.",
      {
        command: `ls -l ${argument(ev.agent.installation.cloudDir)} /etc/ssl/certs/ca-certificates.crt`,
      },
    ),
  claim_url_invalid: (ev) =>
    remedy('agent_config', 'Check how the URL and the proxy of the claim are written.', {
      command: ev.commands.config(),
    }),
};

/** A setting or a build that the running Agent itself tells of, where no file does. */
function alsoSaid<const Id extends string>(
  rule: FindingRule<Id>,
  kind: 'running_disabled' | 'running_without_cloud',
  legs: readonly Leg[],
  words: (ev: Evidence) => ReturnType<FindingRule<Id>['describe']>,
): FindingRule<Id> {
  return {
    ...rule,
    evaluate(ev) {
      const read = rule.evaluate(ev);
      if (read.some(({ condemns }) => (condemns?.length ?? 0) > 0)) return read;
      const told = draftsOf(ev, kind, legs, { condemns: legs }).map((draft) => ({
        ...draft,
        key: kind,
        data: { ...draft.data, said: true },
      }));
      return [...read, ...told];
    },
    describe: (cause, ev) => (cause.data['said'] === true ? words(ev) : rule.describe(cause, ev)),
  };
}

/** Only Agents that still know the switch obey it. */
export const agentLinkDisabled = alsoSaid(linkDisabledInFiles, 'running_disabled', LINK, (ev) => ({
  title: 'The link of the running Agent is switched off',
  why: sentence(
    'The Agent says so itself (status "disabled").',
    'It reads `enabled` of cloud.conf and NETDATA_DISABLE_CLOUD when it starts.',
  ),
  remedies: [
    remedy('agent_config', 'Switch the link on.', { command: ev.commands.config('enable', '--apply') }),
    restartAgent(ev, 'Then restart the Agent.'),
  ],
}));

/** A build without cloud, or one that is too old for it: only another package helps. */
export const agentTooOld = alsoSaid(tooOldInFiles, 'running_without_cloud', ['claim', ...LINK], () => ({
  title: 'This Agent was built without support for Netdata Cloud',
  why: sentence(
    'The running Agent says so itself.',
    'Some distributions build it this way, and no setting changes that. Every build since version 2 has it.',
  ),
  remedies: [ANOTHER_PACKAGE],
}));

export const agentKeyMismatch = defineRule({
  id: 'agent.key_mismatch',
  title: 'The private key is not the one that was claimed',
  blames: 'agent_config',
  confidence: [likely('Whether the node in Netdata Cloud was claimed with the key of this host.', 'read')],
  requires: ['read_agent_status'],
  evaluate: (ev) => draftsOf(ev, 'key_mismatch', ['auth'], { condemns: ['auth'] }),
  describe(cause, ev) {
    const { cloudDir } = ev.agent.installation;
    return {
      title: 'The private key of this Agent is not the one that was claimed',
      why: sentence(
        said(cause),
        'That happens when somebody copies cloud.d from another host or restores part of it.',
        'No change to the network helps.',
      ),
      remedies: [
        remedy(
          'agent_config',
          'Remove the node from its Space in Netdata Cloud, move the old claim aside, and claim again with a token in claim.conf.',
          {
            command: `sudo mv ${argument(cloudDir)} ${argument(`${cloudDir}.old`)} && ${ev.commands.restart}`,
            needsRestart: true,
          },
        ),
      ],
    };
  },
});

/** How long idle links of this run lived that nothing ended, ms; null = none was held, or one was cut. */
function longestHold({ observations }: Evidence): number | null {
  const held = observations.filter((seen) => seen.operation === 'hold');
  if (held.length === 0 || held.some(({ endedBy }) => endedBy !== 'us')) return null;
  return Math.max(...held.map(({ heldMs }) => heldMs));
}

export const agentLinkFlapping = defineRule({
  id: 'agent.link_flapping',
  title: 'The link comes up and is lost again',
  blames: 'network',
  confidence: [likely('How long an idle link lives here: {doctor --hold 5m}.', 'read')],
  requires: ['read_agent_status'],
  evaluate: (ev) => draftsOf(ev, 'link_flapping', LINK, { floor: 'risks' }),
  describe(cause, ev) {
    const { links, many, cut } = cause.data;
    const survived = longestHold(ev);
    return {
      title:
        many === true
          ? `The link has been made ${String(links)} times since the Agent started`
          : 'The running Agent has lost its link',
      why: sentence(
        cut === true && said(cause),
        'Something on the way ends idle or long connections, or the line is unsteady.',
        survived !== null && `This run held idle links for up to ${ms(survived)}, and nothing ended them.`,
      ),
      remedies: [
        remedy('host', 'Hold an idle link as the Agent does, to see what ends it and when.', {
          command: ev.commands.doctor('--hold 5m'),
        }),
      ],
    };
  },
});

export const agentHeldByParent = defineRule({
  id: 'agent.held_by_parent',
  title: 'A Parent holds the link for this Agent',
  blames: 'agent_config',
  confidence: [certain('read')],
  cap: 'notes',
  requires: ['read_agent_status'],
  evaluate: (ev) => draftsOf(ev, 'held_by_parent', LINK),
  describe: (_cause, ev) => ({
    title: 'A Parent holds the link to the cloud for this Agent',
    why: sentence(
      'The Agent says so itself (status "indirect"): its Parent brings its node to Netdata Cloud.',
      'This host must reach its Parent, not the cloud.',
    ),
    remedies: [
      remedy('agent_config', 'To see where the Parent is, read `destination` in stream.conf.', {
        command: `grep -n '^ *destination' ${argument(`${ev.agent.installation.configDir}/stream.conf`)}`,
      }),
    ],
  }),
});
