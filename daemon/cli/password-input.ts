/** Reads a password: from a terminal without showing it, else from the first line of standard input. Never from an argument. */
import type { ReadStream } from 'node:tty';
import { ALLOWED_PASSWORD, isAcceptablePassword, MAX_PASSWORD_BYTES } from '../access/accounts.js';
import { PortcastError } from '../errors.js';

/** Bytes of the keys that a line editor obeys. */
const KEY = { interrupt: 3, endOfInput: 4, erase: 8, newline: 10, enter: 13, eraseLine: 21, backspace: 127 } as const;

/** Asks once; the answer is one line without its end. */
type AskSecret = (question: string) => Promise<string>;

export interface SecretInput {
  readonly ask: AskSecret;
  /** Whether a person answers, who may mistype. */
  readonly isTerminal: boolean;
}

/** @throws PortcastError USAGE for a password that is too short or has other characters, which it does not quote. */
export async function readNewPassword({ ask, isTerminal }: SecretInput): Promise<string> {
  const password = await ask('New password: ');
  if (!isAcceptablePassword(password, Buffer.byteLength(password))) {
    const length = Array.from(password).length;
    throw new PortcastError('USAGE', `found a password of ${length} characters; allowed ${ALLOWED_PASSWORD}`);
  }
  if (isTerminal && (await ask('The same again: ')) !== password) {
    throw new PortcastError('USAGE', 'the two passwords differ; nothing was changed');
  }
  return password;
}

/** @param write prints the question. */
export function openSecretInput(input: NodeJS.ReadStream, write: (text: string) => void): SecretInput {
  // Types say that standard input is always a terminal.
  const isTerminal = (input as { isTTY?: boolean }).isTTY === true;
  return { isTerminal, ask: isTerminal ? (question) => askTerminal(input, question, write) : () => readLine(input) };
}

async function readLine(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const part = Buffer.from(chunk as Buffer);
    chunks.push(part);
    bytes += part.length;
    if (bytes > 2 * MAX_PASSWORD_BYTES || part.includes('\n')) break;
  }
  return decode(Buffer.concat(chunks)).replace(/\r?\n[^]*$/, '');
}

/** Reads keys in raw mode, in which the terminal shows none of them. */
async function askTerminal(input: ReadStream, question: string, write: (text: string) => void): Promise<string> {
  write(question);
  input.setRawMode(true);
  input.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let bytes: number[] = [];
      const take = (chunk: Buffer): void => {
        for (const byte of chunk) {
          if (byte === KEY.enter || byte === KEY.newline) return end(() => resolve(decode(Buffer.from(bytes))));
          if (byte === KEY.interrupt || byte === KEY.endOfInput) {
            return end(() => reject(new PortcastError('USAGE', 'no password was given; nothing was changed')));
          }
          if (byte === KEY.backspace || byte === KEY.erase) bytes = withoutLast(bytes);
          else if (byte === KEY.eraseLine) bytes = [];
          else if (bytes.length <= MAX_PASSWORD_BYTES) bytes.push(byte);
        }
      };
      const end = (act: () => void): void => {
        input.off('data', take);
        act();
      };
      input.on('data', take);
    });
  } finally {
    input.setRawMode(false);
    input.pause();
    write('\n');
  }
}

/** Without the last character, which in UTF-8 ends with bytes 10xxxxxx. */
function withoutLast(bytes: readonly number[]): number[] {
  let end = bytes.length - 1;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.slice(0, Math.max(0, end));
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PortcastError('USAGE', 'the password is no UTF-8 text');
  }
}
