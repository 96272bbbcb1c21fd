/** `portcast report`: what the weekly report says, of the last days. */
import type { Command } from 'commander';
import { parseWholeNumber } from '../quantities.js';
import type { WireReport } from '../wire/report.js';
import { EXIT, printJson, takeParsed, type CliContext, type CliIo } from './context.js';
import { fetchDocument, isObject } from './daemon-client.js';
import { addDaemonOptions, askRunning, type DaemonOptions } from './running-daemon.js';
import { escapeLines } from './terminal.js';

const DEFAULT_DAYS = 7;
const MAX_DAYS = 400;

interface ReportOptions extends DaemonOptions {
  readonly days: number;
  readonly json?: boolean;
}

export function addReport(program: Command, context: CliContext): void {
  const command = program
    .command('report')
    .description('sum up the last days of the running daemon: peaks, incidents, what was not told, forecast quality')
    .option('--days <n>', 'how many days', parseDays, DEFAULT_DAYS)
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (options: ReportOptions) => {
    context.finish(await reportCommand(context.io, options));
  });
}

function parseDays(text: string): number {
  return takeParsed(text, parseWholeNumber(text, { min: 1, max: MAX_DAYS }));
}

async function reportCommand(io: CliIo, options: ReportOptions): Promise<number> {
  const path = `/api/v1/report?days=${options.days}`;
  const report = await askRunning(io, options, (daemon) => fetchDocument(daemon, path, isReport));
  if (options.json === true) {
    printJson(io, report);
    return EXIT.ok;
  }
  const { renderReportText } = await import('../notify/report.js');
  io.out(escapeLines(renderReportText(report)));
  return EXIT.ok;
}

function isReport(value: unknown): value is WireReport {
  return isObject(value) && value['kind'] === 'report' && Array.isArray(value['destinations']);
}
