/** Advice as text. */
import type { WireAdvice, WirePoolAdvice, WireProgram, WireRemedy } from '../wire/advice.js';
import { cutCommands } from '../wire/remedy-text.js';
import { formatEndpoint } from '../host/endpoint.js';
import { formatCount } from '../units.js';
import { escapeControls, escapeStrings } from './terminal.js';

/** Longer samples are named only. */
const MAX_CODE_LINES = 16;
const LABEL_WIDTH = 9;

type PoolPart = Omit<WirePoolAdvice, 'myths'>;

/** @param isDetailed whether code is printed, as after a question about one pool or one program. */
export function formatHostAdvice(advice: WireAdvice, isDetailed: boolean): string[] {
  const { pools, poolsAtRisk, general, signatures, myths } = advice;
  const more = poolsAtRisk - pools.length;
  return [
    escapeControls(advice.summary),
    ...formatSignatures(signatures),
    ...pools.flatMap((pool) => ['', ...formatPool(pool, isDetailed)]),
    ...(more > 0 ? ['', `and ${formatCount(more)} more pools at risk (--pool ID, --json)`] : []),
    ...(pools.length > 0
      ? []
      : ['', 'What raises the limit of every destination:', ...formatRemedies(general, isDetailed)]),
    '',
    ...formatMyths(myths),
  ];
}

export function formatPoolAdvice(advice: WirePoolAdvice, isDetailed: boolean): string[] {
  return [...formatPool(advice, isDetailed), '', ...formatMyths(advice.myths)];
}

function formatPool(advice: PoolPart, isDetailed: boolean): string[] {
  const { pool, summary, assumes, signatures, remedies, useless, programs, descriptors, holders } = escapeStrings({
    ...advice,
    remedies: advice.remedies.map(({ name }) => name),
  });
  const to = pool.remoteAddress === null ? 'any destination' : formatEndpoint(pool.remoteAddress, pool.remotePort ?? 0);
  const names = holders.slice(0, 5).map(({ name, pid }) => `${name} (pid ${pid})`);
  return [
    `${to} from ${pool.localAddress}: ${pool.mode}, ${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports`,
    `  ${pool.why}`,
    `  ${summary}`,
    `  ${assumes}`,
    ...(names.length === 0
      ? []
      : [`  Held by ${names.join(', ')}${advice.since === null ? '' : `, alert since ${advice.since}`}.`]),
    ...formatSignatures(signatures),
    ...descriptors.map(({ text }) => `  ${text}`),
    ...programs.flatMap((program) => formatProgram(program)),
    ...(remedies.length === 0 ? [] : ['', 'What helps, the best first:']),
    ...formatRemedies(advice.remedies, isDetailed),
    ...(useless.length === 0 ? [] : ['', 'What does nothing here:']),
    ...useless.map(({ title, reason }) => `  - ${title}: ${reason ?? ''}`),
  ];
}

function formatSignatures(signatures: WirePoolAdvice['signatures']): string[] {
  return escapeStrings(signatures).flatMap(({ seen, cause, check }) => [
    `  Seen: ${seen}.`,
    `  Cause: ${cause}`,
    `  Verify: ${check}`,
  ]);
}

function formatProgram({ title, certainty, process, defaults, switch: change }: WireProgram): string[] {
  const who =
    certainty === 'likely' ? `If ${process ?? 'this'} is ${title}` : process === null ? title : `${title} (${process})`;
  return [`  ${who}: ${defaults}. To change it: ${change}.`];
}

function formatRemedies(remedies: readonly WireRemedy[], isDetailed: boolean): string[] {
  return remedies.flatMap((remedy, index) => ['', ...formatRemedy(remedy, index + 1, isDetailed)]);
}

function formatRemedy(remedy: WireRemedy, number: number, isDetailed: boolean): string[] {
  const { code } = remedy;
  const safe = escapeStrings({ ...remedy, code: [] });
  const { title, status, effect, commands, persist, undo, verify, cost, risk, appliesTo } = safe;
  const line = (label: string, text: string): string => `     ${label.padEnd(LABEL_WIDTH)}${text}`;
  const rest = cutCommands(safe);
  const expected = verify.expected === null ? '' : `: ${verify.expected}`;
  return [
    `  ${number}. ${title}${status === 'delays' ? ' (only delays it)' : ''}`,
    line('effect', effect),
    ...(rest === '' ? [] : [line('', rest)]),
    ...commands.map((command) => line('do', command)),
    ...persist.map((command) => line('keep', command)),
    ...undo.map((command) => line('undo', command)),
    line('verify', verify.text),
    ...(verify.command === null ? [] : [line('', `${verify.command}${expected}`)]),
    line('cost', cost),
    line('risk', risk),
    line('for', appliesTo),
    ...formatCode(code, isDetailed),
  ];
}

function formatCode(samples: WireRemedy['code'], isDetailed: boolean): string[] {
  if (samples.length === 0) return [];
  const blocks = samples.map(({ title, code }) => {
    const lines = code.trimEnd().replaceAll('\t', '    ').split('\n').map(escapeControls);
    return { title: escapeControls(title), lines };
  });
  if (!isDetailed)
    return [`     ${'code'.padEnd(LABEL_WIDTH)}${blocks.map(({ title }) => title).join('; ')} (--pool ID, --json)`];
  return blocks.flatMap(({ title, lines }) =>
    lines.length > MAX_CODE_LINES
      ? [`     ${'code'.padEnd(LABEL_WIDTH)}${title} (${lines.length} lines: --json)`]
      : [`     ${'code'.padEnd(LABEL_WIDTH)}${title}`, ...lines.map((text) => `        ${text}`)],
  );
}

function formatMyths(myths: WireAdvice['myths']): string[] {
  return ['Myths, and what is true:', ...escapeStrings(myths).map(({ myth, truth }) => `  - "${myth}" ${truth}`)];
}
