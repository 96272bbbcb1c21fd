/** `portcast config check|show|example`. */
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { renderExample, listShownValues } from '../config/example.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { loadConfigFor, EXIT, printJson, withConfig, type CliContext, type CliIo } from './context.js';

export function addConfig(program: Command, context: CliContext): void {
  const config = program.command('config').description('check, show or print the configuration');
  const check = config
    .command('check')
    .description('say everything that is wrong with a configuration file; exit 2 if so');
  withConfig(
    check.argument('[file]', 'the file (default: the one --config, $PORTCAST_CONFIG or the system names)'),
  ).action((file: string | undefined, options: { config?: string }) => {
    context.finish(configCheckCommand(context.io, file ?? options.config));
  });
  const show = config
    .command('show')
    .description('the settings in effect, and where each comes from; secrets are masked');
  withConfig(show.option('--json', 'as JSON')).action((options: { config?: string; json?: boolean }) => {
    context.finish(configShowCommand(context.io, options));
  });
  const example = config
    .command('example')
    .description('a configuration file with every setting, its default and what it does');
  withConfig(example).action(() => {
    context.io.out(renderExample());
    context.finish(EXIT.ok);
  });
}

/** Problems are thrown as one error with a line for each. */
function configCheckCommand(io: CliIo, file: string | undefined): number {
  const loaded = loadConfig({ file: file ?? null, env: io.env, cwd: io.cwd });
  for (const warning of loaded.warnings) io.out(`warning: ${warning}\n`);
  io.out(`${loaded.file ?? 'no configuration file, so defaults'}: valid\n`);
  return EXIT.ok;
}

function configShowCommand(io: CliIo, options: { config?: string; json?: boolean }): number {
  const loaded = loadConfigFor(io, options.config);
  if (options.json === true) printJson(io, { file: loaded.file, config: masked(loaded) });
  else io.out(shownText(loaded));
  return EXIT.ok;
}

/** One setting a line, dotted, with its origin: what is asked of it is mostly a grep. */
function shownText(loaded: LoadedConfig): string {
  const values = listShownValues(loaded.document).map(({ key, value, line }) => {
    return { text: `${key}: ${oneLine(value)}`, origin: line === null ? 'default' : `line ${line}` };
  });
  const { smtp } = loaded.config.mail;
  if (smtp !== null && smtp.password !== null) values.push({ text: 'mail.smtp.password: "***"', origin: 'read' });
  const width = Math.max(...values.map(({ text }) => text.length));
  const head = `# ${loaded.file ?? 'no configuration file: all defaults'}`;
  return `${[head, ...values.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}`)].join('\n')}\n`;
}

function oneLine(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function masked({ config }: LoadedConfig): LoadedConfig['config'] {
  const { smtp } = config.mail;
  if (smtp?.password == null) return config;
  return { ...config, mail: { ...config.mail, smtp: { ...smtp, password: '***' } } };
}
