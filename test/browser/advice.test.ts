/** The advice on the page of a pool and of an incident, in a real Chromium, on advice made by the real code. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Canned } from './canned.js';
import { expectGood, keepBrowser, openUrl, POOL_ID, serveCanned, shoot, type CannedPage } from './open-page.js';
import type { PageOptions } from './page-checks.js';
import type { Scenario } from './scenarios.js';

const VARIANTS: PageOptions[] = [
  { width: 320, theme: 'light' },
  { width: 390, theme: 'light' },
  { width: 390, theme: 'dark' },
  { width: 768, theme: 'light' },
  { width: 1024, theme: 'dark' },
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 1024, theme: 'light', forcedColors: true },
];

keepBrowser();

async function open(scenario: Scenario, options: PageOptions = {}): Promise<CannedPage> {
  const canned = await serveCanned(scenario, { tickMs: 1000 });
  const id = await findWorst(canned);
  const watched = await openUrl(`${canned.url}#/pool/${encodeURIComponent(id)}`, options);
  await watched.page.getByTestId('pool-advice').locator('.remedy').first().waitFor();
  return { ...watched, canned };
}

/** The worst pool of the first event of the stream. */
async function findWorst({ url }: Canned): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${url}api/v1/events`, { signal: abort.signal });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (/^data: .*\n/m.test(text)) break;
  }
  abort.abort();
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? '{}';
  return (JSON.parse(data) as { pools: { id: string }[] }).pools[0]?.id ?? POOL_ID;
}

const openAll = (page: Page): Promise<void> =>
  page.getByTestId('pool-advice').evaluate((part) => {
    for (const details of part.querySelectorAll('details')) details.open = true;
  });

describe('the advice on a pool', () => {
  it.each(VARIANTS)('$theme at $width px, forced colours $forcedColors', async (options) => {
    const watched = await open('exhausting', options);
    const { page } = watched;
    const part = page.getByTestId('pool-advice');
    await expect.poll(() => part.innerText()).toMatch(/Never runs out; settles at [\d.]+% of 28,232 ports/);
    await expectGood(watched);
    await part.getByRole('button', { name: /Show all/ }).click();
    await openAll(page);
    await part.getByTestId('language-second_source').waitFor();
    await expectGood(watched);
    const name = `advice-${options.width}-${options.theme}${options.forcedColors === true ? '-forced' : ''}`;
    await shoot(part, name);
  });

  it('names what helps, with its command, its undo and its check, and what does nothing', async () => {
    const { page } = await open('exhausting', { width: 1440 });
    const part = page.getByTestId('pool-advice');
    const cards = part.locator('.remedy h3');
    await part.getByRole('button', { name: /Show all/ }).click();
    expect((await cards.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual([
      expect.stringMatching(/^1\. Keep connections alive/),
      expect.stringMatching(/^2\. Let connect\(\) reuse TIME_WAIT ports/),
      ...Array.from({ length: 5 }, () => expect.any(String) as string),
      expect.stringMatching(/^8\. Last resort: close with SO_LINGER/),
    ]);
    await openAll(page);
    const reuse = part.getByTestId('remedy-tw_reuse');
    await expect
      .poll(() => reuse.innerText())
      .toMatch(
        /sysctl -w net\.ipv4\.tcp_tw_reuse=1[^]*nstat -az TcpExtTWRecycled[^]*sysctl -w net\.ipv4\.tcp_tw_reuse=2/,
      );
    expect(await part.getByTestId('remedy-wider_range').innerText()).toContain(
      'ip_local_reserved_ports="8080,9100,9148"',
    );
    expect(await part.getByTestId('advice-useless').innerText()).toContain(
      'tcp_fin_timeout does not shorten TIME_WAIT',
    );
    expect(await part.getByTestId('advice-myths').innerText()).toContain('It was removed in Linux 4.12');
    expect(await part.innerText()).toContain('Node.js http (node)');
  });

  it('copies a command, and says so', async () => {
    const { page, context } = await open('exhausting');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const reuse = page.getByTestId('remedy-tw_reuse');
    await reuse.getByRole('button', { name: /^Copy/ }).first().click();
    await expect.poll(() => reuse.getByRole('status').first().innerText()).toBe('Copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('sysctl -w net.ipv4.tcp_tw_reuse=1');
  });

  it('answers for another program and another system, by the keyboard', async () => {
    const { page } = await open('exhausting', { width: 390 });
    const part = page.getByTestId('pool-advice');
    await part.getByLabel('Program').focus();
    await part.getByLabel('Program').selectOption('go');
    await expect.poll(() => part.innerText()).toContain('MaxIdleConnsPerHost');
    await part.getByLabel('System').selectOption('windows');
    await expect.poll(() => part.innerText()).toMatch(/for a Windows host with its default range 49152-65535/);
    await expect.poll(() => part.innerText()).toContain('netsh int ipv4 set dynamicport tcp');
  });

  it('names the leak, its owner, and descriptors beside ports', async () => {
    const { page } = await open('leak');
    await expect
      .poll(() => page.getByTestId('pool-advice').innerText())
      .toMatch(/node \(pid 4021\) has 980 of 1,024 descriptors open[^]*EMFILE in 27 s, ports in/);
  });

  it('shows hostile names as text', async () => {
    const { page, complaints } = await open('hostile');
    expect(await page.title()).not.toBe('owned');
    expect(complaints.filter((text) => !text.includes('/history'))).toEqual([]);
  });
});
