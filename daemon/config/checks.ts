/** Checks that compare several keys. Each reports the key to change. */
import type { z } from 'zod';
import { formatDurationValue, formatRatio } from '../quantities.js';
import { isLoopback } from '../host/ip-address.js';

/** Added to the issue of a check, for parse.ts, which turns issues into text. */
export interface CheckParams {
  /** The other keys of the comparison. When one of them has an error of its own, the check is not reported. */
  readonly involves: readonly string[];
}
export type Context = z.core.$RefinementCtx;

interface Level {
  readonly raise: number;
  readonly clear: number;
}

export function checkClearBelowRaise(rule: Level, context: Context): void {
  if (rule.clear < rule.raise) return;
  addProblem(context, {
    path: ['clear'],
    allowed: `less than raise (${formatRatio(rule.raise)})`,
    involves: ['raise'],
  });
}

export function checkWithinBelowBeyond(rule: { raiseWithin: number; clearBeyond: number }, context: Context): void {
  if (rule.clearBeyond > rule.raiseWithin) return;
  const allowed = `more than raiseWithin (${formatDurationValue(rule.raiseWithin)})`;
  addProblem(context, { path: ['clearBeyond'], allowed, involves: ['raiseWithin'] });
}

export function checkBudgetOrder(sampling: { budget: number; busyBudget: number }, context: Context): void {
  if (sampling.busyBudget >= sampling.budget) return;
  const allowed = `at least budget (${formatRatio(sampling.budget)})`;
  addProblem(context, { path: ['busyBudget'], allowed, involves: ['budget'] });
}

export function checkRetentionOrder(tiers: { raw: number; minute: number; hour: number }, context: Context): void {
  if (tiers.minute < tiers.raw) {
    const allowed = `at least raw (${formatDurationValue(tiers.raw)})`;
    addProblem(context, { path: ['minute'], allowed, involves: ['raw'] });
  }
  if (tiers.hour < tiers.minute) {
    const allowed = `at least minute (${formatDurationValue(tiers.minute)})`;
    addProblem(context, { path: ['hour'], allowed, involves: ['minute'] });
  }
}

interface Login {
  readonly host: string;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly passwordEnv: string | null;
}

export function checkSmtpLogin(smtp: Login, context: Context): void {
  const { host, security, user, passwordFile, passwordEnv } = smtp;
  if (passwordFile !== null && passwordEnv !== null) {
    const allowed = 'only one of passwordFile and passwordEnv';
    addProblem(context, { path: ['passwordEnv'], allowed, involves: ['passwordFile'] });
  }
  const hasPassword = passwordFile !== null || passwordEnv !== null;
  if (user !== null && !hasPassword) {
    const allowed = 'a user together with passwordFile or passwordEnv';
    addProblem(context, { path: ['user'], allowed, involves: ['passwordFile', 'passwordEnv'] });
  }
  if (user === null && hasPassword) {
    addProblem(context, { path: ['user'], allowed: 'the user name that belongs to the password', involves: [] });
  }
  if (security === 'none' && hasPassword && host !== 'localhost' && !isLoopback(host)) {
    const allowed = 'starttls or tls, because a password must not be sent unencrypted';
    addProblem(context, { path: ['security'], allowed, involves: ['host', 'passwordFile', 'passwordEnv'] });
  }
}

interface MailAddresses {
  readonly smtp: unknown;
  readonly from: string | null;
  readonly to: readonly string[];
  readonly toBySeverity: Readonly<Record<string, readonly string[] | undefined>>;
}

export function checkMailAddresses(mail: MailAddresses, context: Context): void {
  if (mail.smtp === null) return;
  if (mail.from === null) {
    addProblem(context, {
      path: ['from'],
      allowed: 'the address of the sender, because smtp is set',
      involves: ['smtp'],
    });
  }
  const isToSomebody = mail.to.length > 0 || Object.values(mail.toBySeverity).some((list) => (list ?? []).length > 0);
  if (!isToSomebody) {
    addProblem(context, { path: ['to'], allowed: 'at least one recipient, because smtp is set', involves: ['smtp'] });
  }
}

export function addProblem(context: Context, problem: { path: string[]; allowed: string; involves: string[] }): void {
  const params: CheckParams = { involves: problem.involves };
  context.addIssue({ code: 'custom', path: problem.path, message: problem.allowed, params: { ...params } });
}
