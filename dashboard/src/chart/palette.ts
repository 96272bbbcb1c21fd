/**
 * The colours and the font of charts. They are custom properties of the style sheet, read at drawing, so that a theme needs no new
 * chart. Reading a style makes the browser compute the styles of everything that has changed, so each is read once for each theme.
 */
export type Ink =
  | 'used'
  | 'used-fill'
  | 'live'
  | 'live-fill'
  | 'forecast'
  | 'forecast-fill'
  | 'limit'
  | 'grid'
  | 'axis'
  | 'surface'
  | `state-${StateInk}`;

const STATE_INKS = [
  'established',
  'time_wait',
  'close_wait',
  'fin_wait1',
  'fin_wait2',
  'syn',
  'listen',
  'other',
] as const;
type StateInk = (typeof STATE_INKS)[number];

const colors = new Map<Ink, string>();
let colorsOf: string | undefined;
let fontFamily: string | null = null;

export function readInkColor(ink: Ink): string {
  const root = document.documentElement;
  if (root.dataset['theme'] !== colorsOf) colors.clear();
  colorsOf = root.dataset['theme'];
  const known = colors.get(ink);
  if (known !== undefined) return known;
  const color = getComputedStyle(root).getPropertyValue(`--ink-${ink}`).trim();
  // The style sheet may not be loaded yet.
  if (color !== '') colors.set(ink, color);
  return color;
}

/** The same font in all themes. */
export function readFontFamily(): string {
  return (fontFamily ??= getComputedStyle(document.body).fontFamily);
}

/** Rare states share a colour. The name is always written beside it. */
export function chooseStateInk(state: string): StateInk {
  if (state.startsWith('syn') || state === 'new_syn_recv') return 'syn';
  return STATE_INKS.find((name) => name === state) ?? 'other';
}
