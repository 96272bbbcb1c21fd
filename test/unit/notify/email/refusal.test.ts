import { describe, expect, it } from 'vitest';
import { findFinalCause } from '../../../../daemon/notify/email/refusal.js';

type Case = [command: 'MAIL FROM' | 'RCPT TO' | 'DATA', reply: string];

/** What an operator can mend, or what passes. */
const MENDABLE: Case[] = [
  ['DATA', '554 5.2.252 SendAsDenied; portcast@example.org not allowed to send as alerts@example.org'],
  ['DATA', '554 5.2.0 Submission.Exception: SendAsDenied; failed to process message'],
  ['DATA', '550-5.7.60 Client does not have permissions\n550 5.7.60 to send as this sender'],
  ['DATA', '550 5.7.26 Unauthenticated email is not accepted due to domain policy'],
  ['DATA', '554 5.7.1 Message blocked: reputation of the client'],
  ['DATA', '554 Message rejected: email address is not verified in this region'],
  ['DATA', '550 5.4.5 Daily user sending limit exceeded'],
  ['RCPT TO', '550 relay not permitted'],
  ['RCPT TO', '550 authentication required'],
  ['RCPT TO', '550 5.4.5 Daily relay limit exceeded'],
  ['RCPT TO', '554 5.7.1 Relay access denied'],
  ['RCPT TO', '552 5.2.2 Mailbox full'],
  ['RCPT TO', '450 4.2.0 Greylisted'],
  ['DATA', '550 Requested action not taken: mailbox unavailable; Reject due to policy restrictions'],
  ['RCPT TO', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"],
  ['RCPT TO', '551 not our customer, relaying denied'],
  [
    'RCPT TO',
    '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages',
  ],
  ['RCPT TO', '550 5.1.0 <portcast@example.org>: Sender address rejected: User unknown in local recipient table'],
  ['RCPT TO', '550-Verification failed for <portcast@example.org>\n550-Unrouteable address\n550 Sender verify failed'],
  ['RCPT TO', '550 5.1.8 <portcast@example.org>: Sender address rejected: Domain not found'],
  ['RCPT TO', '504 5.5.2 <web-1>: Helo command rejected: need fully-qualified hostname'],
  ['RCPT TO', '550 5.4.1 Recipient address rejected: Access denied'],
  ['RCPT TO', '550 no'],
  ['RCPT TO', '552 Requested mail action aborted: exceeded storage allocation'],
  ['RCPT TO', '550 mailbox full'],
  ['RCPT TO', '452 4.5.3 Too many recipients'],
  ['RCPT TO', '553 5.7.1 <portcast@example.org>: Sender address rejected: not owned by user portcast'],
  ['RCPT TO', '530 5.7.0 Must issue a STARTTLS command first'],
  ['RCPT TO', '550 5.7.1 Client host blocked using zen.spamhaus.org'],
  ['RCPT TO', '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example'],
  ['MAIL FROM', '550 5.1.1 User unknown'],
  ['MAIL FROM', '554 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP'],
  ['MAIL FROM', '535 5.7.3 Authentication unsuccessful'],
  ['MAIL FROM', '553 From address not verified - see mail settings'],
  ['MAIL FROM', '454 4.7.0 Sending suspended'],
  ['DATA', '554 Transaction failed'],
  ['DATA', '554 Sending paused for this account'],
  ['DATA', '550 5.7.509 Access denied, sending domain does not pass DMARC verification'],
  ['DATA', '550 SPF check failed'],
  ['DATA', '550 5.4.300 Message expired'],
  ['DATA', '554 5.4.14 Hop count exceeded - possible mail loop'],
  ['DATA', '550 5.7.1 Relaying denied'],
  ['DATA', '554 5.3.0 Local configuration error'],
  ['DATA', '550 The user has exceeded the number of messages it may send'],
  ['DATA', '550 Daily message size quota exceeded'],
  ['DATA', '552 5.2.2 Over quota'],
  ['RCPT TO', '550 Utilisateur inconnu'],
  ['RCPT TO', '550 1.2.3.4 is listed'],
  ['RCPT TO', '550 Recipient verify failed'],
  ['RCPT TO', '550 5.4.4 unable to route'],
  ['RCPT TO', '550 address not listed in Domino Directory'],
];

const ABOUT_THE_MAILBOX: Case[] = [
  ['RCPT TO', '550 5.1.1 No such user'],
  ['DATA', '550 5.1.1 No such user'],
  ['RCPT TO', '550 No such user here'],
  ['RCPT TO', '550 Unknown user'],
  ['RCPT TO', '550 User unknown'],
  ['RCPT TO', '550 5.1.1 <ops@example.org>: Recipient address rejected: User unknown in relay recipient table'],
  ['RCPT TO', '550 5.1.1 <ops@example.org>... User unknown'],
  [
    'RCPT TO',
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 https://support.google.com/mail/?p=NoSuchUser d9443c01a7336-23e3f83si112.83 - gsmtp",
  ],
  ['RCPT TO', '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ops@example.org not found by SMTP address lookup'],
  ['RCPT TO', '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).'],
  ['RCPT TO', '550 Requested action not taken: mailbox unavailable'],
  ['RCPT TO', '553 sorry, no mailbox here by that name (#5.1.1)'],
  ['RCPT TO', '550 Unrouteable address'],
  ['RCPT TO', '550 Invalid recipient'],
  ['RCPT TO', '501 5.1.3 Bad recipient address syntax'],
  ['RCPT TO', '553 Requested action not taken: mailbox name not allowed'],
  ['RCPT TO', '551 5.1.6 recipient no longer on server'],
  ['RCPT TO', '551 User not local; please try <x@y.org>'],
  ['RCPT TO', '556 5.1.10 Domain does not accept mail (nullMX)'],
  ['RCPT TO', '550 5.2.1 The email account that you tried to reach is disabled.'],
  ['DATA', "554 delivery error: dd This user doesn't have a yahoo.com account (ops@example.org) [0]"],
  ['RCPT TO', '550 5.1.351 Remote server returned unknown recipient or mailbox unavailable'],
  ['RCPT TO', '550 Benutzer <ops@example.org> does not exist'],
  ['RCPT TO', '550 <ops@example.org> is not a valid mailbox'],
  ['RCPT TO', '511 sorry, no mailbox here by that name'],
  ['RCPT TO', '550 5.1.2 Host unknown'],
  ['RCPT TO', '550 This mailbox does not exist'],
  ['RCPT TO', '550 The email address does not exist here'],
  ['RCPT TO', '550 Account ops could not be found'],
];

const ABOUT_THE_MESSAGE: Case[] = [
  ['DATA', '552 5.3.4 Message too big'],
  ['MAIL FROM', '552 5.3.4 Message size exceeds fixed limit'],
  ['MAIL FROM', '552 Message size exceeds fixed maximum message size'],
  ['DATA', '552 message too large'],
  ['DATA', '550 5.2.3 message length exceeds limit of mailbox'],
  ['DATA', '554 5.6.0 content refused'],
  ['DATA', '550 5.6.0 lone CR'],
];

function judge([command, reply]: Case, addresses: { sender?: string; recipient?: string } = {}) {
  const { sender = 'portcast@example.org', recipient = 'ops@example.org' } = addresses;
  return findFinalCause({ code: Number(reply.slice(0, 3)), reply, command, sender, recipient });
}

describe('a refusal', () => {
  it.each(MENDABLE)('at %s is tried again: %s', (...refusal) => expect(judge(refusal)).toBeNull());
  it.each(ABOUT_THE_MAILBOX)('at %s is final for the mailbox: %s', (...refusal) => {
    expect(judge(refusal)).toBe('mailbox');
  });
  it.each(ABOUT_THE_MESSAGE)('at %s is final for the message: %s', (...refusal) => {
    expect(judge(refusal)).toBe('message');
  });

  it('is not judged by the words in an address', () => {
    const recipient = 'relay.policy@unknown.example';
    expect(judge(['RCPT TO', `550 <${recipient}>: no such user`], { recipient })).toBe('mailbox');
    expect(judge(['RCPT TO', `550 <${recipient}>: refused`], { recipient })).toBeNull();
    const sender = 'user@unknown.example';
    expect(judge(['RCPT TO', `550 ${sender} refused`], { sender })).toBeNull();
    expect(judge(['RCPT TO', `550 5.1.1 ${sender}: user unknown`], { sender })).toBeNull();
  });

  it('of the connection, the name or the login is never final', () => {
    for (const command of ['CONN', 'EHLO', 'HELO', 'STARTTLS', 'AUTH PLAIN']) {
      const reply = '550 5.1.1 no such user';
      const addresses = { sender: 'portcast@example.org', recipient: 'ops@example.org' };
      expect(findFinalCause({ code: 550, reply, command, ...addresses })).toBeNull();
    }
  });
});
