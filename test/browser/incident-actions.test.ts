/** What a viewer can do on the pages of incidents, in a real Chromium. The canned server keeps what is changed. */
import { describe, expect, it } from 'vitest';
import { openIncidents as open } from './incident-pages.js';
import { keepBrowser, shoot } from './open-page.js';
import { accessibilityProblems, focusName, tabTo } from './page-checks.js';

keepBrowser();

describe('the list', () => {
  it('is reached from the header and from the alerts of the overview, which count what is open', async () => {
    const { page } = await open('two hundred', 'overview', { samples: 'alerts' });
    await page.getByTestId('alerts').getByRole('link', { name: '1 open incident' }).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Incidents');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Incidents');
    expect(await page.getByRole('navigation', { name: 'Sections' }).innerText()).toMatch(/Incidents\s*1/);
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Pools' }).click();
    await page.getByTestId('worst-pool').waitFor();
  });

  it('shows what goes on first, and 50 of those that are over on each page', async () => {
    const { page, canned } = await open('two hundred', 'list');
    const count = (id: string) => page.getByTestId(`incidents-${id}`).getByTestId('incident').count();
    expect([await count('open'), await count('quiet'), await count('resolved')]).toEqual([1, 1, 50]);
    const titles = () => page.getByTestId('incidents-resolved').getByRole('heading', { level: 3 }).allInnerTexts();
    const first = await titles();
    const older = page.getByRole('button', { name: 'Older' });
    await older.press('Enter');
    await expect.poll(() => page.getByText('Page 2').isVisible()).toBe(true);
    await expect.poll(async () => (await titles())[0]).not.toBe(first[0]);
    expect(await older.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await count('open')).toBe(0);
    for (const number of [3, 4]) {
      await older.press('Enter');
      await expect.poll(() => page.getByText(`Page ${number}`).isVisible()).toBe(true);
    }
    const all = canned.incidents.incidents.filter(({ state }) => state === 'resolved').length;
    await expect.poll(() => count('resolved')).toBe(all - 150);
    expect(await older.getAttribute('aria-disabled')).toBe('true');
  });

  it('sends a test alert and shows the answer of each channel', async () => {
    const { page, canned } = await open('open', 'list');
    canned.delayChanges(400);
    const button = page.getByTestId('test-alert').getByRole('button');
    await button.dblclick();
    expect(await button.innerText()).toBe('Sending…');
    await expect
      .poll(() => page.getByTestId('test-alert').innerText())
      .toMatch(/accepted mail to ops@example\.org 250 2\.0\.0 Ok[^]*failed webhook connect ECONNREFUSED/);
    expect(canned.changes).toEqual(['POST /api/v1/alerts/test']);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('ends a silence', async () => {
    const { page, canned } = await open('silenced', 'list');
    await page.getByRole('button', { name: 'End the silence of destination' }).click();
    await expect.poll(() => page.locator('main').innerText()).not.toContain('silenced until');
    expect(canned.changes).toEqual(['DELETE /api/v1/silences/silence_1']);
  });
});

describe('the page of an incident', () => {
  it('is acknowledged by keyboard alone, once, and says who has it', async () => {
    const { page, canned, id } = await open('open', 'incident');
    canned.delayChanges(300);
    await tabTo(page, 'Acknowledge');
    await page.keyboard.press('Enter');
    expect(await focusName(page)).toBe('Comment (optional)');
    await page.keyboard.type('On it.');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Mira');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('incident-card').innerText()).toMatch(/by Mira: On it\./);
    await expect.poll(() => focusName(page)).toBe('Lift acknowledgement');
    expect(canned.changes).toEqual([`POST /api/v1/incidents/${id}/acknowledge`]);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('incident-card').innerText()).not.toContain('On it.');
    expect(await page.getByTestId('timeline').innerText()).not.toContain('Acknowledged');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('keeps what is written and says why where the server refuses a comment', async () => {
    const { page } = await open('open', 'incident');
    await page.getByRole('button', { name: 'Comment' }).click();
    const field = page.getByRole('textbox', { name: 'Comment' });
    await field.fill('refuse me');
    await page.getByRole('button', { name: 'Add comment' }).click();
    await expect
      .poll(() => page.locator('.act-error').innerText())
      .toBe('text is "refuse me"; allowed: something else');
    expect(await field.inputValue()).toBe('refuse me');
    await field.fill('Found it:\nkeep-alive is off.');
    await page.getByRole('button', { name: 'Add comment' }).click();
    await expect.poll(() => page.getByTestId('timeline').innerText()).toContain('keep-alive is off.');
    await expect.poll(() => focusName(page)).toBe('Comment');
  });

  it('asks once more before it silences, and Escape closes the form', async () => {
    const { page, canned } = await open('open', 'incident', { width: 390 });
    const opener = page.getByRole('button', { name: 'Silence', exact: true });
    await opener.click();
    await page.keyboard.press('Escape');
    await expect.poll(() => focusName(page)).toBe('Silence');
    await opener.click();
    await page.getByLabel('What to silence').selectOption('process checkout-api');
    await page.getByLabel('8 h', { exact: true }).check();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Silence…' }).click();
    const asked = page.getByRole('group', { name: 'Confirm the silence' });
    expect(await asked.innerText()).toMatch(
      /Nobody is told about alerts of process checkout-api until (\d+ \w+ )?\d\d:\d\d/,
    );
    expect(canned.changes).toEqual([]);
    await shoot(page, 'confirm-silence-390-light');
    await asked.getByRole('button', { name: 'Silence until' }).click();
    await expect
      .poll(() => page.getByTestId('incident-card').innerText())
      .toMatch(/process checkout-api[^]*(8 h|7 h 59 min) left/);
    expect(canned.changes).toEqual(['POST /api/v1/silences']);
    const [silence] = canned.incidents.silences;
    expect(silence?.matchers).toEqual({ process: 'checkout-api' });
    await page.getByRole('button', { name: 'End the silence' }).click();
    await expect.poll(() => page.getByTestId('incident-card').innerText()).not.toContain('left)');
  });

  it('refuses a time that no silence can last', async () => {
    const { page, canned } = await open('open', 'incident');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByLabel('Other').check();
    await page.getByLabel('hours').fill('-1');
    await page.getByRole('button', { name: 'Silence…' }).click();
    expect(await page.getByRole('group', { name: 'Confirm the silence' }).count()).toBe(0);
    expect(canned.changes).toEqual([]);
  });

  it('takes in what changes without a jump, and keeps the focus', async () => {
    const { page, canned } = await open('open', 'incident');
    await page.getByRole('button', { name: 'Comment' }).focus();
    await page.evaluate(() => scrollTo(0, 200));
    const top = () =>
      page.getByRole('button', { name: 'Comment' }).evaluate((button) => button.getBoundingClientRect().top);
    const before = await top();
    const [incident] = canned.incidents.incidents;
    if (incident === undefined) throw new Error('there is no incident');
    const [decision] = incident.decisions;
    if (decision === undefined) throw new Error('there is no decision');
    canned.incidents.incidents[0] = {
      ...incident,
      decisions: [
        { ...decision, told: true, kind: 'reminder', reason: 'reminder', recipient: 'new@example.org' },
        ...incident.decisions,
      ],
    };
    await expect
      .poll(() => page.getByTestId('decisions').innerText(), { timeout: 15_000 })
      .toContain('new@example.org');
    expect(await focusName(page)).toBe('Comment');
    expect(Math.abs((await top()) - before)).toBeLessThan(1);
    expect(await page.getByText(/^Incident open, critical, \d+ decisions$/).count()).toBe(1);
  });

  it('offers nothing that an older server cannot do', async () => {
    const { page } = await open('old server', 'incident');
    expect(await page.getByTestId('actions').count()).toBe(0);
  });

  it('explains an address under which nothing is stored', async () => {
    const { page } = await open('none', 'incident');
    await page.goto(`${page.url().split('#')[0] ?? ''}#/incidents/no-such-incident`);
    await expect.poll(() => page.locator('main').innerText()).toContain('Nothing is stored under this address');
  });
});
