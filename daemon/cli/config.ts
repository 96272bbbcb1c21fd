/** `portcast config check|show|example`. */
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { renderExample, listShownValues } from '../config/example.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { Accounts } from '../access/accounts.js';
import { messageOf } from '../errors.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { findPortWarnings } from '../host/local-ports.js';
import { readCurrentPortLimits } from '../source/port-limits.js';
import { MASK, maskStrings, maskUrl, maskValues } from '../secrets.js';
import { formatWindow } from './maintenance.js';
import { loadConfigFor, EXIT, printJson, addConfigOption, type CliContext, type CliIo } from './context.js';

export function addConfig(program: Command, context: CliContext): void {
  const config = program.command('config').description('check, show or print the configuration');
  const check = config
    .command('check')
    .description('list all errors of a configuration file; exit 2 when there are any');
  addConfigOption(
    check.argument('[file]', 'the file (default: --config, $PORTCAST_CONFIG, /etc/portcast/config.yaml)'),
  ).action(async (file: string | undefined, options: { config?: string }) => {
    await checkAccess(context.io, file ?? options.config, Date.now());
    context.finish(configCheckCommand(context.io, file ?? options.config, Date.now()));
  });
  const show = config
    .command('show')
    .description('show the settings in effect and the line that sets each; secrets are masked');
  addConfigOption(show.option('--json', 'as JSON')).action((options: { config?: string; json?: boolean }) => {
    context.finish(configShowCommand(context.io, options));
  });
  const example = config
    .command('example')
    .description('print a configuration file with every setting, its default and its meaning');
  addConfigOption(example).action(() => {
    context.io.out(renderExample());
    context.finish(EXIT.ok);
  });
}

/** @throws PortcastError CONFIG_INVALID with one line for each error of the file. */
export function configCheckCommand(io: CliIo, file: string | undefined, nowMs: number): number {
  const loaded = loadConfig({ file: file ?? null, env: io.env, cwd: io.cwd });
  const { localPorts } = loaded.config.delivery;
  const warnings = [...loaded.warnings, ...findPortWarnings(localPorts, readCurrentPortLimits())];
  for (const warning of warnings) io.out(`warning: ${warning}\n`);
  io.out(`${loaded.file ?? 'defaults (there is no configuration file)'}: valid\n`);
  for (const window of loaded.config.incidents.maintenance) io.out(formatWindow(window, nowMs));
  return EXIT.ok;
}

/** What `run` would refuse because of who could reach the API. @throws PortcastError CONFIG_INVALID */
async function checkAccess(io: CliIo, file: string | undefined, nowMs: number): Promise<void> {
  const { config } = loadConfig({ file: file ?? null, env: io.env, cwd: io.cwd });
  const [{ isExposed, refuseOpenAccess }, { readAccounts }] = await Promise.all([
    import('../app/access.js'),
    import('../store/account-file.js'),
  ]);
  let accounts: Accounts = { users: [], tokens: [], sessions: [] };
  if (isExposed(config.http)) {
    try {
      accounts = readAccounts({ file: config.store.file, migrationsDir: MIGRATIONS_DIR });
    } catch (error) {
      io.out(`warning: whether somebody can log in is not known: ${messageOf(error)}\n`);
      return;
    }
  }
  refuseOpenAccess(config, accounts, nowMs);
}

function configShowCommand(io: CliIo, options: { config?: string; json?: boolean }): number {
  const loaded = loadConfigFor(io, options.config);
  if (options.json === true) printJson(io, { file: loaded.file, config: maskConfig(loaded) });
  else io.out(formatSettings(loaded));
  return EXIT.ok;
}

/** One line for each setting, with its dotted key and its origin, so that `grep` finds it. */
function formatSettings(loaded: LoadedConfig): string {
  const values = listShownValues(loaded.document).map(({ key, value, line }) => {
    return { text: `${key}: ${formatValue(value)}`, origin: line === null ? 'default' : `line ${line}` };
  });
  for (const key of listReadSecrets(loaded.config)) values.push({ text: `${key}: "${MASK}"`, origin: 'read' });
  const width = Math.max(...values.map(({ text }) => text.length));
  const head = `# ${loaded.file ?? 'there is no configuration file: all settings have their defaults'}`;
  return `${[head, ...values.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}`)].join('\n')}\n`;
}

function formatValue(value: unknown): string {
  return stringify(maskStrings(value), { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** The secrets that were read from files and variables. */
function listReadSecrets({ mail, webhook, alertmanager }: LoadedConfig['config']): string[] {
  const hasLogin = alertmanager?.targets.some(({ headers }) => Object.keys(headers).length > 0) === true;
  return [
    ...(mail.smtp?.password == null ? [] : ['mail.smtp.password']),
    ...(webhook?.secret == null ? [] : ['webhook.secret']),
    ...(hasLogin ? ['alertmanager.login'] : []),
  ];
}

function maskConfig({ config }: LoadedConfig): LoadedConfig['config'] {
  const { mail, webhook, slack, alertmanager, heartbeat } = config;
  const smtp = mail.smtp?.password == null ? mail.smtp : { ...mail.smtp, password: MASK };
  return maskStrings({
    ...config,
    mail: { ...mail, smtp },
    webhook: webhook && { ...maskTarget(webhook), secret: webhook.secret === null ? null : MASK },
    slack: slack && maskTarget(slack),
    heartbeat: heartbeat && { ...heartbeat, url: maskUrl(heartbeat.url) },
    alertmanager: alertmanager && { ...alertmanager, targets: alertmanager.targets.map(maskTarget) },
  });
}

/** The path of a URL and the values of headers may be secret. */
function maskTarget<T extends { readonly url: string; readonly headers: Readonly<Record<string, string>> }>(
  target: T,
): T {
  return { ...target, url: maskUrl(target.url), headers: maskValues(target.headers) };
}
