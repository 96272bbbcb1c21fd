/** What is typed on the page, as text, and the settings that it means. The same text stands in the address. */
import type { FieldProblem, Settings } from '../../../../daemon/advice/what-if.js';
import { SECOND_MS } from '../../../../daemon/units.js';
import type { FieldKey } from './fields.js';

/** What is planned for. */
export type Source =
  | { readonly kind: 'numbers' }
  | { readonly kind: 'pool'; readonly id: string }
  | { readonly kind: 'incident'; readonly id: string };

/** An empty text means as it is. */
export interface Draft {
  readonly texts: Readonly<Partial<Record<FieldKey, string>>>;
  readonly reuse: boolean;
}

/** Where a problem is one of a single number of the range, `key` says of which. */
export interface DraftProblem extends FieldProblem {
  readonly key?: FieldKey;
}

export const EMPTY_DRAFT: Draft = { texts: {}, reuse: false };

/** Names in the address are those of the API. */
const PARAMETERS: Readonly<Record<Exclude<FieldKey, 'first' | 'last' | 'timeWaitMs'>, string>> = {
  reserved: 'reserved',
  rate: 'rate',
  live: 'live',
  sources: 'sources',
  requests: 'requests',
};
type PlainKey = keyof typeof PARAMETERS;
const PLAIN_KEYS = Object.keys(PARAMETERS) as PlainKey[];
/** Longer texts are no numbers. */
const MAX_TEXT = 40;

export function readAddress(params: string): { source: Source; draft: Draft } {
  const query = new URLSearchParams(params);
  const [pool, incident] = [query.get('pool'), query.get('incident')];
  const texts: Partial<Record<FieldKey, string>> = {};
  const take = (key: FieldKey, text: string | null): void => {
    if (text !== null && text !== '') texts[key] = text.slice(0, MAX_TEXT);
  };
  for (const key of PLAIN_KEYS) take(key, query.get(PARAMETERS[key]));
  take('timeWaitMs', query.get('timeWait')?.replace(/s$/, '') ?? null);
  const [first = null, last = null] = query.get('ports')?.split('-', 2) ?? [];
  take('first', first);
  take('last', last);
  const source: Source =
    pool !== null
      ? { kind: 'pool', id: pool }
      : incident !== null
        ? { kind: 'incident', id: incident }
        : { kind: 'numbers' };
  return { source, draft: { texts, reuse: query.get('reuse') === 'true' } };
}

/** What follows the question mark in the address: whoever opens it sees the same. */
export function writeAddress(source: Source, { texts, reuse }: Draft): string {
  const query = new URLSearchParams();
  if (source.kind !== 'numbers') query.set(source.kind, source.id);
  if (texts.first !== undefined || texts.last !== undefined) {
    query.set('ports', `${texts.first ?? ''}-${texts.last ?? ''}`);
  }
  if (texts.timeWaitMs !== undefined) query.set('timeWait', `${texts.timeWaitMs}s`);
  for (const key of PLAIN_KEYS) {
    const text = texts[key];
    if (text !== undefined) query.set(PARAMETERS[key], text);
  }
  if (reuse) query.set('reuse', 'true');
  return query.toString();
}

/** The settings, and the texts that are no numbers. A number of the range that is not given is that of `range`. */
export function readDraft(
  { texts, reuse }: Draft,
  range: readonly [number, number] | null,
): { settings: Settings; problems: DraftProblem[] } {
  const problems: DraftProblem[] = [];
  const numberOf = (key: FieldKey): number | undefined => {
    const text = texts[key];
    if (text === undefined) return undefined;
    const value = parseNumber(text);
    const field = key === 'first' || key === 'last' ? 'ports' : key;
    if (value === null) problems.push({ field, key, found: text, allowed: 'a number, such as 10 or 0.5' });
    return value ?? undefined;
  };
  const seconds = numberOf('timeWaitMs');
  const [first, last] = [numberOf('first') ?? range?.[0], numberOf('last') ?? range?.[1]];
  const hasRange = texts.first !== undefined || texts.last !== undefined;
  if (hasRange && problems.length === 0 && (first === undefined || last === undefined)) {
    problems.push({ field: 'ports', found: `${first ?? ''}-${last ?? ''}`, allowed: 'both a first and a last port' });
  }
  const plain = PLAIN_KEYS.map((key) => [key, numberOf(key)] as const).filter(([, value]) => value !== undefined);
  const settings: Settings = {
    ...(hasRange && first !== undefined && last !== undefined && { ports: [first, last] }),
    ...(seconds !== undefined && { timeWaitMs: seconds * SECOND_MS }),
    ...Object.fromEntries(plain),
    ...(reuse && { reuse: true }),
  };
  return { settings, problems };
}

/** Digits with thousands separators, or with a decimal point. Null for everything else. */
export function parseNumber(text: string): number | null {
  const bare = text.trim().replace(/(\d),(?=\d{3}(\D|$))/g, '$1');
  return /^-?\d+(\.\d+)?$/.test(bare) ? Number(bare) : null;
}
