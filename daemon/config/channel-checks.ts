/** Checks that compare several keys of one channel. */
import type { ChannelName } from '../incident/recipients.js';
import { addProblem, type Context } from './checks.js';

interface UrlKeys {
  readonly url: string | null;
  readonly urlFile: string | null;
  readonly urlEnv: string | null;
}

export function checkOneUrl({ url, urlFile, urlEnv }: UrlKeys, context: Context): void {
  const given = [url, urlFile, urlEnv].filter((value) => value !== null).length;
  if (given === 1) return;
  addProblem(context, { path: ['url'], allowed: 'one of url, urlFile and urlEnv', involves: ['urlFile', 'urlEnv'] });
}

export function checkWebhook(
  webhook: UrlKeys & { readonly secretFile: string | null; readonly secretEnv: string | null },
  context: Context,
): void {
  checkOneUrl(webhook, context);
  checkNotBoth(webhook, ['secretFile', 'secretEnv'], context);
}

interface AlertmanagerLogin {
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly passwordEnv: string | null;
  readonly tokenFile: string | null;
  readonly tokenEnv: string | null;
}

export function checkAlertmanagerLogin(login: AlertmanagerLogin, context: Context): void {
  checkNotBoth(login, ['passwordFile', 'passwordEnv'], context);
  checkNotBoth(login, ['tokenFile', 'tokenEnv'], context);
  const hasPassword = login.passwordFile !== null || login.passwordEnv !== null;
  const hasToken = login.tokenFile !== null || login.tokenEnv !== null;
  if ((login.user !== null) !== hasPassword) {
    const allowed = 'a user together with passwordFile or passwordEnv';
    addProblem(context, { path: ['user'], allowed, involves: ['passwordFile', 'passwordEnv'] });
  }
  if (hasPassword && hasToken) {
    addProblem(context, { path: ['tokenFile'], allowed: 'only one of a password and a token', involves: ['user'] });
  }
}

export function checkFailover(
  { mode, order }: { readonly mode: 'all' | 'failover'; readonly order: readonly ChannelName[] },
  context: Context,
): void {
  if (mode === 'all' || order.length > 1) return;
  addProblem(context, {
    path: ['order'],
    allowed: 'at least two channels, because mode is failover',
    involves: ['mode'],
  });
}

function checkNotBoth<K extends string>(
  section: Readonly<Record<K, string | null>>,
  [first, second]: readonly [K, K],
  context: Context,
): void {
  if (section[first] === null || section[second] === null) return;
  addProblem(context, { path: [second], allowed: `only one of ${first} and ${second}`, involves: [first] });
}
