/** Checks that every page of the dashboard must pass. They read the real page. */
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and warnings, page errors, violations of the security policy. */
  readonly complaints: string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly forcedColors?: boolean;
  readonly touch?: boolean;
  /** Of the browser; that of the machine where absent. */
  readonly timeZone?: string;
}

export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<Watched> {
  const {
    width = 1280,
    height = width < 500 ? 800 : 900,
    theme = 'light',
    forcedColors = false,
    touch = false,
    timeZone,
  } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    forcedColors: forcedColors ? 'active' : 'none',
    reducedMotion: 'reduce',
    hasTouch: touch,
    isMobile: touch,
    ...(timeZone === undefined ? {} : { timezoneId: timeZone }),
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // Chromium says this of the checks themselves, which read the pixels of a chart more than once.
    if (message.text().includes('willReadFrequently')) return;
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(url);
  return { page, context, complaints };
}

/** Pixels of the chart's canvas that are not transparent. */
export function drawnPixels(page: Page, testId: string): Promise<number> {
  return page
    .getByTestId(testId)
    .locator('canvas')
    .first()
    .evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const pixels =
        canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
      let drawn = 0;
      for (let index = 3; index < pixels.length; index += 4) if ((pixels[index] ?? 0) > 0) drawn += 1;
      return drawn;
    });
}

/** How much wider than its window the page is, in px. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Lists texts below the contrast of WCAG AA: 4.5:1, or 3:1 from 24 px on, or from 18.7 px in bold. */
export function poorContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (rgb: number[]): number => {
      const [r = 0, g = 0, b = 0] = rgb.slice(0, 3).map((value) => {
        const part = value / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const backgroundOf = (start: Element): number[] => {
      for (let element: Element | null = start; element !== null; element = element.parentElement) {
        const color = parse(getComputedStyle(element).backgroundColor);
        if ((color[3] ?? 1) === 1 && color.length >= 3) return color;
      }
      return [255, 255, 255];
    };
    const poor: string[] = [];
    for (const element of document.querySelectorAll('body *')) {
      const text = [...element.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent ?? '')
        .join('')
        .trim();
      if (text === '' || !element.checkVisibility() || element.closest('.sr-only, .u-over, noscript') !== null)
        continue;
      const style = getComputedStyle(element);
      const [a, b] = [luminance(parse(style.color)), luminance(backgroundOf(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.7 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)}:1 ${text.slice(0, 40)}`);
    }
    return poor;
  });
}

/** Lists controls without a name, images without a text, table headers without a scope, and ids that occur twice. */
export function missingNames(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const missing: string[] = [];
    const name = (element: Element): string => (element.getAttribute('aria-label') ?? element.textContent).trim();
    for (const element of document.querySelectorAll('a, button, [role=img]')) {
      if (name(element) === '') missing.push(`no name: ${element.outerHTML.slice(0, 80)}`);
    }
    for (const input of document.querySelectorAll('input')) {
      if ((input.labels?.[0]?.textContent ?? '').trim() === '') missing.push(`no label: ${input.outerHTML}`);
    }
    for (const image of document.querySelectorAll('img'))
      if (!image.hasAttribute('alt')) missing.push(`no alt: ${image.src}`);
    for (const head of document.querySelectorAll('th'))
      if (!head.hasAttribute('scope')) missing.push(`no scope: ${head.textContent}`);
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    return [...missing, ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id twice: ${id}`)];
  });
}

/**
 * What axe-core finds, with the elements. Its check of colours is left out: it cannot see behind a chart, and `poorContrast`
 * has the same limits.
 */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // The security policy of the page forbids a script element; the debugger may run one.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: checker } = window as unknown as { axe: typeof axe };
    const { violations } = await checker.run(document, { rules: { 'color-contrast': { enabled: false } } });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
  });
}

/** The name of the element with the focus: the text of its label, or its own. */
export function focusName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = (element as HTMLInputElement | null)?.labels?.[0];
    return (label?.textContent ?? element?.textContent ?? '').trim();
  });
}

export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await focusName(page)) === name) return;
  }
  throw new Error(`Tab does not reach "${name}"`);
}
