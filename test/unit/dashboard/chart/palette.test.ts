import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../../daemon/paths.js';
import { chooseStateInk } from '../../../../dashboard/src/chart/palette.js';

const css = readFileSync(join(PACKAGE_ROOT, 'dashboard/src/styles/tokens.css'), 'utf8');
const [light = '', dark = ''] = css.split("[data-theme='dark']");

function readColor(theme: string, name: string): number[] {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(theme)?.[1] ?? '';
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}
const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const luminance = ([r = 0, g = 0, b = 0]: number[]): number =>
  0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const contrast = (a: number[], b: number[]): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
};
/** The colour as seen without green cones, on linear values (Machado, Oliveira and Fernandes 2009, severity 1). */
const asDeuteranope = (color: number[]): number[] => {
  const [r = 0, g = 0, b = 0] = color.map(linear);
  return [
    0.367322 * r + 0.860646 * g - 0.227968 * b,
    0.280085 * r + 0.672501 * g + 0.047413 * b,
    -0.01182 * r + 0.04294 * g + 0.968881 * b,
  ];
};
const distance = (a: number[], b: number[]): number => Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));

describe('the colours of the states', () => {
  it('are different for FIN_WAIT1 and FIN_WAIT2', () => {
    expect([chooseStateInk('fin_wait1'), chooseStateInk('fin_wait2')]).toEqual(['fin_wait1', 'fin_wait2']);
    expect([chooseStateInk('syn_recv'), chooseStateInk('closing')]).toEqual(['syn', 'other']);
  });

  it.each([
    ['light', light],
    ['dark', dark],
  ])('hold 3:1 on the surface and differ for a deuteranope in the %s theme', (_, theme) => {
    const surface = readColor(theme, 'surface');
    const [one, two] = [readColor(theme, 'ink-state-fin_wait1'), readColor(theme, 'ink-state-fin_wait2')];
    for (const ink of [one, two, readColor(theme, 'ink-state-other')])
      expect(contrast(ink, surface)).toBeGreaterThan(3);
    expect(distance(asDeuteranope(one), asDeuteranope(two))).toBeGreaterThan(0.15);
  });
});
