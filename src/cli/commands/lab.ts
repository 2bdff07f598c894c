/** `netdata-egress lab`: the simulated cloud, for trying things out. Options only; the work is imported when it runs. */
import type { Command } from 'commander';

function collect(value: string, known: readonly string[]): readonly string[] {
  return [...known, value];
}

export function register(lab: Command): void {
  lab
    .command('list')
    .description('print scenarios, faults and proxy behaviours')
    .option('--json', 'as one JSON document')
    .action(async (flags: { json?: boolean }) => {
      const { labList } = await import('../lab/list.js');
      process.stdout.write(labList(flags.json === true));
    });

  lab
    .command('run')
    .description('run the doctor against a scenario, in this process, on loopback; exits as the doctor does')
    .argument('[scenario]', 'name of a scenario (see: lab list)', 'healthy')
    .option('--faults <list>', 'comma-separated faults on top of the scenario (see: lab list)')
    .option('--answer-delay <duration>', 'let every answer of the cloud leave this late')
    .option('--json', 'print the whole run as one JSON document')
    .option('--format <list>', 'output formats, as for doctor')
    .option('--output <file>', 'write the result to FILE, atomically')
    .option('--output-dir <dir>', 'write every format of --format into DIR')
    .option('--letter', 'print the page for the people who run the firewall or proxy')
    .option('--agent-version <version>', 'judge as this version of the Agent would')
    .option('--timeout <duration>', 'budget of the whole run (default: 15s)')
    .option('--step-timeout <duration>', 'deadline of one step (default: 5s)')
    .option('--hold <duration>', 'keep the upgraded link open this long')
    .option('-v, --verbose', 'show every step')
    .option('-q, --quiet', 'print the verdict only')
    .option('--no-color', 'no colour')
    .option('--ascii', 'no characters beyond ASCII')
    .action(async (scenario: string, flags: Record<string, unknown>) => {
      const { labRun } = await import('../lab/run.js');
      await labRun(scenario, flags);
    });

  lab
    .command('serve')
    .description('serve the simulated cloud to other clients, e.g. a real Agent or curl, until interrupted')
    .option(
      '--address <ip>',
      'address to listen on and to publish; may be given more than once (default: 127.0.0.1)',
      collect,
      [],
    )
    .option('--publish <ip>', 'address the resolver gives out, if another; may be given more than once', collect, [])
    .option('--https-port <port>', 'HTTPS port of all three hosts, 0 = any', '443')
    .option('--dns-port <port>', 'port of the resolver (UDP and TCP), 0 = any, none = no resolver', '53')
    .option('--faults <list>', 'comma-separated faults, e.g. nxdomain:mqtt,http_slow=3 (see: lab list)')
    .option('--delay <duration>', 'let every answer leave this late')
    .option('--write-ca <file>', "write the lab's root certificate to FILE")
    .option('--cert <file>', 'certificate chain (PEM) to serve instead of the built-in one')
    .option('--key <file>', 'private key (PEM) of --cert')
    .option('--http-proxy <port[=behaviour]>', 'also serve an HTTP proxy to this cloud')
    .option('--socks-proxy <port[=behaviour]>', 'also serve a SOCKS5 proxy to this cloud')
    .option('--proxy-credentials <user:password>', 'what those proxies accept (default: user:secret)')
    .option('--seed <number>', 'make minted ids repeatable')
    .option('--json', 'print what peers do as one JSON document a line')
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress lab serve --https-port 8443 --dns-port 5353 --write-ca lab-ca.pem
  curl --cacert lab-ca.pem --resolve app.netdata.cloud:8443:127.0.0.1 https://app.netdata.cloud:8443/api/v1/env

The built-in key is public: trust the root certificate in a lab only.`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const { labServe } = await import('../lab/serve.js');
      await labServe(flags);
    });
}
