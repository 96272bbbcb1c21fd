/** Checks between keys. Each names the key to change; `involves` are the siblings whose own errors silence it. */
import type { z } from 'zod';
import { formatDurationValue, formatRatio } from '../quantities.js';
import { isLoopback } from '../host/ip-address.js';

/** What a check hands on with its issue, for the one place that turns issues into text. */
export interface CheckParams {
  readonly involves: readonly string[];
}
type Context = z.core.$RefinementCtx;

interface Level {
  readonly raise: number;
  readonly clear: number;
}

export function clearBelowRaise(rule: Level, context: Context): void {
  if (rule.clear < rule.raise) return;
  complain(context, { path: ['clear'], allowed: `less than raise (${formatRatio(rule.raise)})`, involves: ['raise'] });
}

export function withinBelowBeyond(rule: { raiseWithin: number; clearBeyond: number }, context: Context): void {
  if (rule.clearBeyond > rule.raiseWithin) return;
  const allowed = `more than raiseWithin (${formatDurationValue(rule.raiseWithin)})`;
  complain(context, { path: ['clearBeyond'], allowed, involves: ['raiseWithin'] });
}

export function budgetOrder(sampling: { budget: number; busyBudget: number }, context: Context): void {
  if (sampling.busyBudget >= sampling.budget) return;
  const allowed = `at least budget (${formatRatio(sampling.budget)})`;
  complain(context, { path: ['busyBudget'], allowed, involves: ['budget'] });
}

export function retentionOrder(tiers: { raw: number; minute: number; hour: number }, context: Context): void {
  if (tiers.minute < tiers.raw) {
    const allowed = `at least raw (${formatDurationValue(tiers.raw)})`;
    complain(context, { path: ['minute'], allowed, involves: ['raw'] });
  }
  if (tiers.hour < tiers.minute) {
    const allowed = `at least minute (${formatDurationValue(tiers.minute)})`;
    complain(context, { path: ['hour'], allowed, involves: ['minute'] });
  }
}

interface Login {
  readonly host: string;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly passwordEnv: string | null;
}

export function smtpLogin(smtp: Login, context: Context): void {
  const { host, security, user, passwordFile, passwordEnv } = smtp;
  if (passwordFile !== null && passwordEnv !== null) {
    const allowed = 'only one of passwordFile and passwordEnv';
    complain(context, { path: ['passwordEnv'], allowed, involves: ['passwordFile'] });
  }
  const hasPassword = passwordFile !== null || passwordEnv !== null;
  if (user !== null && !hasPassword) {
    const allowed = 'a user together with passwordFile or passwordEnv';
    complain(context, { path: ['user'], allowed, involves: ['passwordFile', 'passwordEnv'] });
  }
  if (user === null && hasPassword) {
    complain(context, { path: ['user'], allowed: 'the user that the password belongs to', involves: [] });
  }
  if (security === 'none' && hasPassword && host !== 'localhost' && !isLoopback(host)) {
    const allowed = 'starttls or tls, for a password must not cross the network in the clear';
    complain(context, { path: ['security'], allowed, involves: ['host', 'passwordFile', 'passwordEnv'] });
  }
}

export function mailAddresses(mail: { smtp: unknown; from: string | null; to: string[] }, context: Context): void {
  if (mail.smtp === null) return;
  if (mail.from === null) {
    complain(context, { path: ['from'], allowed: 'the address to send from, since smtp is set', involves: ['smtp'] });
  }
  if (mail.to.length === 0) {
    complain(context, { path: ['to'], allowed: 'at least one recipient, since smtp is set', involves: ['smtp'] });
  }
}

function complain(context: Context, problem: { path: string[]; allowed: string; involves: string[] }): void {
  const params: CheckParams = { involves: problem.involves };
  context.addIssue({ code: 'custom', path: problem.path, message: problem.allowed, params: { ...params } });
}
