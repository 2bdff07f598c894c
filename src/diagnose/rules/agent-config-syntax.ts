import { remedy } from '../remedies.js';
import { effect, factRule, where } from './agent-facts.js';

/** Problems that hide whole parts of a file, whatever their key. */
const HIDES = new Set(['bom', 'not_text', 'section_not_closed', 'unknown_section_case']);

/** A line that is ignored may have been the one with the proxy: then the legs go direct without being meant to. */
export const agentConfigSyntax = factRule({
  id: 'agent.config_syntax',
  reach: ({ data }) =>
    data['effect'] === 'value' && (data['key'] === 'proxy' || HIDES.has(String(data['kind']))) ? 'route' : 'nothing',
  title: (cause) => `A line in ${where(cause)} is ignored or read otherwise than meant`,
  meaning: (cause) =>
    `The Agent's own ini dialect: sections in brackets first, "key = value", comments only with # at the beginning of a line, quotes are part of the value. ${effect(cause, '')}`.trim(),
  remedies: () => [
    remedy('agent_config', 'Correct the line; the doctor shows what each value becomes.', {
      command: 'netdata-egress config',
    }),
  ],
});
