/** `netdata-egress lab`: the simulated cloud, for trying things out. Options only; the work is imported when it runs. */
import { Option, type Command } from 'commander';
import { add, collect, duration, families, resultOptions, SHARED, verboseOption } from '../flags.js';

export function register(lab: Command): void {
  resultOptions(lab.command('list').description('print scenarios, faults and proxy behaviours')).action(
    async (flags: { readonly json?: boolean; readonly output?: string }) => {
      const [{ labList }, { emit }] = await Promise.all([import('../lab/list.js'), import('../report/io.js')]);
      await emit(labList(flags.json === true), flags);
    },
  );

  add(
    lab
      .command('run')
      .description('run the doctor against a scenario, in this process, on loopback; exits as the doctor does')
      .argument('[scenario]', 'name of a scenario (see: lab list)', 'healthy'),
    new Option('--faults <list>', 'comma-separated faults on top of the scenario (see: lab list)'),
    duration('--answer-delay <duration>', 'let every answer of the cloud leave this late'),
    SHARED.json(),
    new Option('--format <list>', 'output formats, as for doctor'),
    SHARED.output(),
    new Option('--output-dir <dir>', 'write every format of --format into DIR'),
    new Option('--letter', 'short for --format letter').hideHelp(),
    SHARED.agentVersion(),
    SHARED.timeout('15s; up to 40s while a connected peer is silent'),
    SHARED.stepTimeout(),
    ...families('probe'),
    SHARED.hold(),
    SHARED.strict(),
    verboseOption(),
    SHARED.quiet(),
    SHARED.noColor(),
    SHARED.ascii(),
  ).action(async (scenario: string, flags: Record<string, unknown>) => {
    const { labRun } = await import('../lab/run.js');
    await labRun(scenario, flags);
  });

  lab
    .command('serve')
    .description('serve the simulated cloud to other clients, e.g. a real Agent or curl, until interrupted')
    .option(
      '--address <ip>',
      'address to listen on and to publish; may be given more than once (default: 127.0.0.1)',
      collect(),
      [],
    )
    .option('--publish <ip>', 'address the resolver gives out, if another; may be given more than once', collect(), [])
    .option('--https-port <port>', 'HTTPS port of all three hosts, 0 = any', '443')
    .option('--dns-port <port>', 'port of the resolver (UDP and TCP), 0 = any, none = no resolver', '53')
    .option('--faults <list>', 'comma-separated faults, e.g. nxdomain:mqtt,http_slow=3 (see: lab list)')
    .addOption(duration('--delay <duration>', 'let every answer leave this late'))
    .option('--write-ca <file>', "write the lab's root certificate to FILE")
    .option('--cert <file>', 'certificate chain (PEM) to serve instead of the built-in one')
    .option('--key <file>', 'private key (PEM) of --cert')
    .option('--http-proxy <port[=behaviour]>', 'also serve an HTTP proxy to this cloud')
    .option('--socks-proxy <port[=behaviour]>', 'also serve a SOCKS5 proxy to this cloud')
    .option(
      '--proxy-credentials <user:password>',
      'what those proxies accept (default: user:secret); - reads it from stdin, @FILE from a file',
    )
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
