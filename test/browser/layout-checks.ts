/** Checks of the layout of a real page: nothing lies over anything else, and no text leaves its box. */
import type { Page } from 'playwright-core';

/** Parts of the overview that must lie side by side or below each other. */
const PARTS =
  '.header, .notices > *, .worst-pool-text, .worst-pool-plot, .figures, .alert, .rows, .filter, .section-head';
/** Boxes whose text must end within them. */
const BOXES = '.figures > div, .rows td, .rows th, .alert, .notice, .fact, .badge, .dots, .header';

/** Parts that lie over each other, by more than a rounded pixel. */
export function overlaps(page: Page): Promise<string[]> {
  return page.evaluate((parts) => {
    const name = (element: Element): string => `${element.className} "${element.textContent.slice(0, 30)}"`;
    const shown = [...document.querySelectorAll(parts)].filter((element) => element.checkVisibility());
    const found: string[] = [];
    for (const [index, one] of shown.entries()) {
      for (const other of shown.slice(index + 1)) {
        if (one.contains(other) || other.contains(one) || one.matches('.header')) continue;
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1) found.push(`${name(one)} lies over ${name(other)}`);
      }
    }
    return found;
  }, PARTS);
}

/** Boxes whose content is wider than they are. */
export function spills(page: Page): Promise<string[]> {
  return page.evaluate((boxes) => {
    const shown = [...document.querySelectorAll<HTMLElement>(boxes)].filter((element) => element.checkVisibility());
    return shown
      .filter((element) => {
        const style = getComputedStyle(element);
        return style.display !== 'inline' && element.scrollWidth > element.clientWidth + 1;
      })
      .map((element) => `${element.className} "${element.textContent.slice(0, 30)}" needs ${element.scrollWidth} px`);
  }, BOXES);
}
