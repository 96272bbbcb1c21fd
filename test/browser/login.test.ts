/** The login page, and what a viewer and an operator see, in a real Chromium on canned data. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CANNED_PASSWORD } from './canned-access.js';
import { keepBrowser, openCanned, openUrl, serveCanned, shoot, WIDTHS, type CannedPage } from './open-page.js';
import { accessibilityProblems, focusName, overflow, type PageOptions } from './page-checks.js';

keepBrowser();

async function open(hash: string, user: string | null, options: PageOptions = {}): Promise<CannedPage> {
  const canned = await serveCanned('exhausting', { incidents: 'open' });
  const role = user === null ? null : user === 'vera' ? 'viewer' : 'operator';
  canned.access.session = { user, role, authentication: true };
  return { ...(await openUrl(canned.url + hash, options)), canned };
}

async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

const title = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();

describe('the login page', () => {
  it('comes before every page, by keyboard alone, and leads back to it', async () => {
    const { page } = await open('#/incidents', null);
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
    await expect.poll(() => focusName(page)).toMatch(/User/);
    await page.keyboard.type('alice');
    await page.keyboard.press('Tab');
    await page.keyboard.type(CANNED_PASSWORD);
    await page.keyboard.press('Enter');
    await expect.poll(() => title(page)).toBe('Incidents');
    expect(new URL(page.url()).hash).toBe('#/incidents');
  });

  it('says what is wrong, and forgets the password', async () => {
    const { page } = await open('#/login', null);
    await logIn(page, 'alice', 'wrong');
    await expect.poll(() => page.locator('.act-error').innerText()).toBe('the user or the password is wrong');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    expect(await page.getByLabel('User').inputValue()).toBe('alice');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it.each(['https://evil.example/', '//evil.example', 'javascript:alert(1)', '#/login?to=x', ''])(
    'never leads to %j',
    async (target) => {
      const { page, canned } = await open(`#/login?to=${encodeURIComponent(target)}`, null);
      await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
      await logIn(page, 'alice', CANNED_PASSWORD);
      await page.getByTestId('worst-pool').waitFor();
      expect(page.url()).toBe(`${canned.url}#/`);
    },
  );

  it.each(['light', 'dark'] as const)('fits every width (%s)', async (theme) => {
    const { page } = await open('#/login', null, { theme });
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await overflow(page)]).toEqual([width, 0]);
      if (width === 390 || width === 1440) {
        await shoot(page, `login-${width}-${theme}`);
      }
    }
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('has forced colours', async () => {
    const { page } = await open('#/login', null, { forcedColors: true, width: 390 });
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
    await shoot(page, 'login-390-forced');
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('a session', () => {
  it.each(['light', 'dark'] as const)('shows its user in the header at every width (%s)', async (theme) => {
    const { page } = await open('#/incidents', 'vera', { theme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(() => page.getByTestId('session').isVisible()).toBe(true);
      expect([width, await overflow(page)]).toEqual([width, 0]);
      if (width === 390 || width === 1440) {
        await shoot(page, `session-${width}-${theme}`);
      }
    }
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('of a viewer has no buttons that change something, and says why', async () => {
    const { page, canned } = await open('#/incidents', 'vera');
    await page.getByTestId('incident').first().waitFor();
    expect(await page.getByTestId('test-alert').count()).toBe(0);
    const id = encodeURIComponent(canned.incidents.incidents[0]?.id ?? '');
    await page.goto(`${canned.url}#/incidents/${id}`);
    await expect
      .poll(() => page.getByTestId('operator-only').innerText())
      .toBe('Acknowledge, comment and silence: vera is a viewer: only an operator can do that.');
    expect(await page.getByTestId('actions').count()).toBe(0);
    expect(canned.changes).toEqual([]);
  });

  it('of an operator names the author of what is done', async () => {
    const { page, canned } = await open('#/incidents', 'alice');
    const id = encodeURIComponent(canned.incidents.incidents[0]?.id ?? '');
    await page.goto(`${canned.url}#/incidents/${id}`);
    await page.getByRole('button', { name: 'Acknowledge' }).first().click();
    expect(await page.getByText('As alice', { exact: true }).isVisible()).toBe(true);
    expect(await page.getByLabel('Your name (optional)').count()).toBe(0);
  });

  it('that ends while the page is open leads to the login page and back', async () => {
    const { page, canned } = await open('#/incidents', 'alice');
    await page.getByTestId('incident').first().waitFor();
    canned.access.session = { user: null, role: null, authentication: true };
    canned.dropStreams(false);
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor({ timeout: 15_000 });
    await logIn(page, 'vera', CANNED_PASSWORD);
    await expect.poll(() => title(page)).toBe('Incidents');
  });

  it('is left with the button in the header', async () => {
    const { page } = await open('#/', 'alice');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
  });

  it('shows nothing where no login is needed', async () => {
    const { page, complaints } = await openCanned('exhausting', '', { incidents: 'open' });
    await page.getByTestId('worst-pool').waitFor();
    expect(await page.getByTestId('session').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
