/** Finds out whether a refusal of a mail server is final: whether it is about the mailbox or the message itself. */

/** A reply that refuses a message, and whose message it is. */
interface Refusal {
  /** The basic reply code, such as 550. */
  readonly code: number;
  /** The whole reply, with its codes; lines are separated by `\n`. */
  readonly reply: string;
  /** The command that was refused. `DATA` also stands for the end of the message. */
  readonly command: string;
  readonly sender: string;
  readonly recipient: string;
}

/**
 * Enhanced status codes (RFC 3463 and the IANA registry) without their class. These say that the mailbox does not exist,
 * has moved, takes no mail, or that the address cannot be one. A full mailbox (2.2) passes.
 */
const MAILBOX_CODES = ['1.1', '1.2', '1.3', '1.4', '1.6', '1.10', '2.1'];
/** The message is too long for the mailbox or for the system. */
const SIZE_CODES = ['2.3', '3.4'];
/** The subject "message content or media". */
const CONTENT_SUBJECT = '6.';
/** The subject "security or policy": an operator decides on it, whatever the text says. */
const POLICY_SUBJECT = '7.';
/** RFC 7504: the domain of the recipient takes no mail. */
const NO_MAIL_DOMAIN = 556;

const MAILBOX = /\b(?:mail ?box|user|recipient|addressee|account|address|inbox|person|local part)\b/;
/** Where the text names a mailbox, these words say that it does not exist. */
const ABSENT = new RegExp(
  [
    /\b(?:unknown|invalid|non-?existent|unrout(?:e)?able|unavailable|moved|no longer)\b/,
    /\bno (?:such |mail ?box|user|account|address|recipient|local part)/,
    /\b(?:not|not be|cannot be) (?:found|known|exist|local|a (?:known|valid)|recogni[sz]ed)\b/,
    /\b(?:does|do|is)n't (?:exist|have|found|known|local|a (?:known|valid))\b|\bdoes not have\b|\bname not allowed\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
/** Whatever else the text says, these words name a cause that an operator can mend, or that passes by itself. */
const MENDABLE = new RegExp(
  [
    /\b(?:sender|from|originator|sending|send|your (?!message)|you are)\b/,
    // "User unknown in relay recipient table" is about the mailbox.
    /\brelay(?:ing|ed)?\b(?! recipient)/,
    /\b(?:polic(?:y|ies)|permi\w+|(?<!name not )allow\w*|authori[sz]\w+|unauthori[sz]\w+|(?:un)?authenticat\w+)\b/,
    /\b(?:credentials?|log ?in|den(?:y|ied)|block\w*|black ?list\w*|dnsbl|rbl|reputation|spam\w*|spf|dkim|dmarc)\b/,
    /\b(?:quota|limit\w*|rate|full|exceed\w*|storage|space|too (?:many|much)|greylist\w*|gray ?list\w*)\b/,
    /\b(?:tls|starttls|encrypt\w*|helo|ehlo|client|dns)\b/,
    /\b(?:temporar\w*|try again|later)\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
const TOO_LONG = /\btoo (?:big|large|long)\b|\bsize\b.*\bexceed|\bexceed.*\bsize\b|\bsize limit\b/;
const STORAGE = /\b(?:quota|mail ?box|storage)\b/;

/**
 * What a final refusal is about; null when the message should be tried again.
 *
 * A refusal is final only where the reply itself says that it is about this mailbox or this message. Everything else (the
 * login, the sender, relaying, policy, quota, reputation, a reply that says nothing) can be mended by an operator or
 * passes, and a warning must not be lost over it. Where the codes and the text disagree, the message is tried again.
 */
export function findFinalCause(refusal: Refusal): 'mailbox' | 'message' | null {
  const { code, command } = refusal;
  if (code < 500 || !['MAIL FROM', 'RCPT TO', 'DATA'].includes(command)) return null;
  const enhanced = findEnhancedCode(refusal.reply);
  if (enhanced !== null && enhanced.class !== '5') return null;
  const detail = enhanced?.detail ?? '';
  const text = simplifyText(refusal);
  if (SIZE_CODES.includes(detail)) return 'message';
  if (isUnspecific(detail) && TOO_LONG.test(text) && !STORAGE.test(text)) return 'message';
  // What else a server says to MAIL is about the sender.
  if (command === 'MAIL FROM' || detail.startsWith(POLICY_SUBJECT) || MENDABLE.test(text)) return null;
  if (detail.startsWith(CONTENT_SUBJECT)) return 'message';
  if (MAILBOX_CODES.includes(detail) || code === NO_MAIL_DOMAIN) return 'mailbox';
  return detail !== '2.2' && MAILBOX.test(text) && ABSENT.test(text) ? 'mailbox' : null;
}

/** The first enhanced status code: `550 5.1.1 text`, or `553 text (#5.1.1)` as qmail writes it. */
function findEnhancedCode(reply: string): { class: string; detail: string } | null {
  const pattern = /(?:^\d{3}[ -]|#)(\d)\.(\d{1,3}\.\d{1,3})(?![.\d])/m;
  const [, codeClass, detail] = pattern.exec(reply) ?? [];
  return codeClass === undefined || detail === undefined ? null : { class: codeClass, detail };
}

/** Whether the code leaves open what is wrong: none, or the detail 0 ("other or undefined"). */
function isUnspecific(detail: string): boolean {
  return detail === '' || detail.endsWith('.0');
}

/**
 * The text in lower case on one line, without its codes and links. The address of the recipient becomes the word mailbox,
 * and that of the sender the word sender, so that their parts are not read as words.
 */
function simplifyText({ reply, sender, recipient }: Refusal): string {
  return reply
    .toLowerCase()
    .replace(/^\d{3}[ -]/gm, '')
    .replaceAll(/https?:\/\/\S+/g, ' ')
    .replaceAll(recipient.toLowerCase(), ' mailbox ')
    .replaceAll(sender.toLowerCase(), ' sender ')
    .replaceAll(/[^\s<>@]+@[^\s<>@]+/g, ' ')
    .replaceAll('’', "'")
    .replaceAll(/\s+/g, ' ');
}
