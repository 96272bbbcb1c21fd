/** Why people were told of an incident or not, by recipient. */
import { parseInstant } from './format.js';
import type { Decision } from '../state/incident-types.js';

interface DecisionLine {
  readonly key: string;
  readonly isTold: boolean;
  /** Names of settings and ids stand between backticks. */
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** How many decisions of the same kind followed one another. */
  readonly count: number;
}

export interface DecisionGroup {
  /** Null for what holds for everyone. */
  readonly recipient: string | null;
  readonly told: number;
  readonly held: number;
  /** Newest first. */
  readonly lines: readonly DecisionLine[];
}

const KINDS: Record<string, string> = {
  first: 'that it began',
  escalated: 'that it became more severe',
  reminder: 'that it still goes on',
  resolved: 'that it is over',
  digest: 'in a digest of what was held back',
};

/** The rule of an alert by its id; null for one that is not listed. */
type RuleOf = (alertId: string | null) => string | null;

/** These hold back one alert, the others what is to be told of the incident. */
const OF_ALERTS = ['inhibited', 'below severity', 'flapping'];

/** `by` is what is told in its place, what silenced it, or who acknowledged it. */
const REASONS: Record<string, (by: string | null, ruleOf: RuleOf, recipient: string | null) => string> = {
  silenced: (by) => `a silence is active${by === null ? '' : ` (\`${by}\`)`}`,
  acknowledged: (by) => `${by ?? 'someone'} has acknowledged it, so no reminder is due`,
  maintenance: (by) => `a maintenance window is open${by === null ? '' : ` (\`${by}\`)`}`,
  inhibited: (by, ruleOf) => {
    const rule = ruleOf(by);
    return rule === null ? 'the incident is told already' : `\`${rule}\` of the same pool is told already`;
  },
  'below severity': (_by, _ruleOf, recipient) =>
    recipient === null ? 'the mail of its rule is switched off' : 'only other severities are told here',
  flapping: () => 'it was told, was quiet, and has only come back',
  'cap reached': () => 'the number of messages is limited (`incidents.maxMessages`, `incidents.maxPerHour`)',
  'channel off': () => 'no channel is configured, or the only one does not work',
};

/** Of each recipient, the most told first; what holds for everyone comes last. @param decisions newest first. */
export function groupDecisions(decisions: readonly Decision[], ruleOf: RuleOf): DecisionGroup[] {
  const groups = new Map<string | null, Decision[]>();
  for (const decision of decisions) {
    groups.set(decision.recipient, [...(groups.get(decision.recipient) ?? []), decision]);
  }
  return [...groups]
    .map(([recipient, ofOne]) => {
      const told = ofOne.filter((decision) => decision.told).length;
      return { recipient, told, held: ofOne.length - told, lines: mergeLines(ofOne, ruleOf) };
    })
    .sort((a, b) => rank(a) - rank(b) || b.told - a.told || (a.recipient ?? '').localeCompare(b.recipient ?? ''));
}

function rank({ recipient }: DecisionGroup): number {
  return recipient === null ? 1 : 0;
}

/** Decisions not to tell that repeat become one line. */
function mergeLines(decisions: readonly Decision[], ruleOf: RuleOf): DecisionLine[] {
  const lines: DecisionLine[] = [];
  let lastKey = '';
  for (const decision of decisions) {
    const atMs = parseInstant(decision.at) ?? 0;
    const text = describeDecision(decision, ruleOf);
    const key = `${decision.kind} ${decision.reason} ${text}`;
    const last = lines.at(-1);
    if (last !== undefined && !decision.told && key === lastKey) {
      lines[lines.length - 1] = { ...last, fromMs: Math.min(last.fromMs, atMs), count: last.count + 1 };
    } else {
      lines.push({ key: `${key} ${decision.at}`, isTold: decision.told, text, fromMs: atMs, toMs: atMs, count: 1 });
    }
    lastKey = decision.told ? '' : key;
  }
  return lines;
}

/** `Told that it began`, `Not told that it is over: no channel is configured`, `Not told of `use`: ...`. */
export function describeDecision({ told, kind, reason, by, alertId, recipient }: Decision, ruleOf: RuleOf): string {
  const what = KINDS[kind] ?? kind;
  if (told) return `Told ${what}`;
  const rule = OF_ALERTS.includes(reason) && recipient === null ? ruleOf(alertId) : null;
  return `Not told ${rule === null ? what : `of \`${rule}\``}: ${REASONS[reason]?.(by, ruleOf, recipient) ?? reason}`;
}
