/**
 * All commands, by name and one line each. Options live with the command and are imported for the invoked one only:
 * start-up is paid for what is used.
 */
import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  /** How it is called, for the list in `--help`. */
  readonly usage: string;
  readonly description: string;
  /** Adds options, arguments, subcommands and the action to the command. */
  readonly load: () => Promise<{ readonly register: (command: Command) => void }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'doctor',
    usage: 'doctor [options]',
    description: 'decide whether the Agent on this host can claim and hold its link, and if not, why',
    load: () => import('./doctor.js'),
  },
  {
    name: 'capture',
    usage: 'capture',
    description: 'print a shell script for a host that has nothing: what it prints, doctor --from-capture judges',
    load: () => import('./capture.js'),
  },
  {
    name: 'watch',
    usage: 'watch [verb]',
    description: 'look again and again: tell what changes, warn before it fails; in Netdata, Prometheus or a log',
    load: () => import('./watch.js'),
  },
  {
    name: 'resolve',
    usage: 'resolve [options]',
    description: 'show what the cloud names resolve to here, by which resolver, against the known addresses',
    load: () => import('./resolve.js'),
  },
  {
    name: 'config',
    usage: 'config [verb]',
    description: "what the Agent's own settings mean: each value, its source, what claim and link make of it",
    load: () => import('./config.js'),
  },
  {
    name: 'rules',
    usage: 'rules [verb|target]',
    description: 'print firewall, proxy and cloud rules for what the Agent needs',
    load: () => import('./rules.js'),
  },
  {
    name: 'report',
    usage: 'report <verb>',
    description: 'read saved runs: show, judge again, compare, check, redact, merge',
    load: () => import('./report.js'),
  },
  {
    name: 'explain',
    usage: 'explain [words]',
    description: 'explain a cause, or what the words of an Agent, a log or an exit code may mean',
    load: () => import('./explain.js'),
  },
  {
    name: 'completion',
    usage: 'completion <shell>',
    description: 'print completions for bash, zsh or fish, or the manual page',
    load: () => import('./completion.js'),
  },
  {
    name: 'plugin',
    usage: 'plugin <seconds>',
    description: 'the watch inside Netdata, which starts it by itself (see watch install)',
    load: () => import('./plugin.js'),
  },
  {
    name: 'lab',
    usage: 'lab <verb>',
    description:
      'a simulated Netdata Cloud on this machine: list its scenarios, run the doctor against one, or serve it',
    load: () => import('./lab.js'),
  },
];
