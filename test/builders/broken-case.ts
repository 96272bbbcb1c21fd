/** A mail server that misbehaves in one way, and what the e-mail channel must make of it. */
import type { Socket } from 'node:net';
import type { TestContext } from 'vitest';
import type { SmtpOptions } from '../../daemon/notify/email/smtp-session.js';
import { startBrokenServer } from './broken-mail-server.js';
import { sendMail } from './mail-server.js';

export interface BrokenCase {
  readonly title: string;
  readonly handle: (socket: Socket) => void;
  readonly retry: boolean;
  readonly error: RegExp;
  readonly options?: Partial<SmtpOptions>;
}

/** For `it.for`, which takes the title from the first element. */
export const titled = (cases: readonly BrokenCase[]): [string, BrokenCase][] => cases.map((each) => [each.title, each]);

export async function expectFailure(
  { handle, retry, error, options }: BrokenCase,
  { expect, onTestFinished }: Pick<TestContext, 'expect' | 'onTestFinished'>,
): Promise<void> {
  const server = await startBrokenServer(handle);
  onTestFinished(() => server.close());
  const outcome = await sendMail({ port: server.port, ...options });
  expect(outcome).toMatchObject({ ok: false, retry, error: expect.stringMatching(error) as string });
  expect(outcome).toHaveProperty('error', expect.stringContaining(`127.0.0.1:${server.port}`));
}
