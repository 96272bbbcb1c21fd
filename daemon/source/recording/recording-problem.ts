/** Says what is wrong with a line of a recording: where, what was found there, and what is allowed. */
import type { z } from 'zod';

const MAX_QUOTED_CHARACTERS = 80;
const COUNTED: Record<string, string> = { array: ' entries', string: ' characters' };

/** The first problem of a line: `host.granularity.timeWaitMs: found 1e-300; allowed at least 10`. */
export function describeProblem({ issues: [issue] }: z.ZodError, line: unknown): string {
  if (issue === undefined) return 'found a wrong line';
  const path = issue.path.join('.');
  const found = issue.code === 'custom' ? (issue.params?.['found'] as string | undefined) : undefined;
  const value = issue.path.reduce<unknown>(
    (node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key],
    line,
  );
  return `${path === '' ? '' : `${path}: `}found ${found ?? quote(value)}; allowed ${describeAllowed(issue)}`;
}

/** A check of our own has as its message what is allowed. */
function describeAllowed(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `at least ${issue.minimum}${COUNTED[issue.origin] ?? ''}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}${COUNTED[issue.origin] ?? ''}`;
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(', ');
  return issue.code === 'invalid_type' ? `a value of type ${issue.expected}` : issue.message;
}

function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length} entries`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_QUOTED_CHARACTERS) : value);
  return text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}...` : text;
}
