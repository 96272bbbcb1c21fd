/** A hand-made TCP server on loopback that misbehaves as a test wants, and remembers what it was told. */
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface BrokenServer {
  readonly port: number;
  /** Everything any client sent. */
  received(): string;
  readonly connections: number;
  close(): Promise<void>;
}

export async function brokenServer(talk: (socket: Socket) => void): Promise<BrokenServer> {
  const sockets = new Set<Socket>();
  let received = '';
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    get connections() {
      return connections;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A reply line, nothing (the server hangs), or an act on the socket. */
export type Reply = string | null | ((socket: Socket) => void);

/** A plain SMTP server that answers each command as told; what is not told is answered as a good server would. */
export function smtpDialogue(replies: {
  greeting?: Reply;
  ehlo?: Reply;
  starttls?: Reply;
  auth?: Reply;
  mail?: Reply;
  rcpt?: Reply;
  data?: Reply;
  /** The first line of the message. */
  body?: Reply;
  /** The end of the message. */
  end?: Reply;
}): (socket: Socket) => void {
  return (socket) => {
    const say = (reply: Reply): void => {
      if (reply === null) return;
      if (typeof reply === 'string') socket.write(`${reply}\r\n`);
      else reply(socket);
    };
    const told = (reply: Reply | undefined, good: string): Reply => (reply === undefined ? good : reply);
    const answers: [RegExp, Reply][] = [
      [/^EHLO/i, told(replies.ehlo, '250 test')],
      [/^STARTTLS/i, told(replies.starttls, '502 no')],
      [/^AUTH/i, told(replies.auth, '235 ok')],
      [/^MAIL/i, told(replies.mail, '250 ok')],
      [/^RCPT/i, told(replies.rcpt, '250 ok')],
      [/^DATA/i, told(replies.data, '354 go on')],
      [/^QUIT/i, '221 bye'],
    ];
    let inBody = false;
    let bodyBegun = false;
    let rest = '';
    say(told(replies.greeting, '220 test ESMTP'));
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (inBody) {
          if (!bodyBegun && replies.body !== undefined) say(replies.body);
          bodyBegun = true;
          if (line !== '.') continue;
          inBody = false;
          say(told(replies.end, '250 queued as 1'));
          continue;
        }
        const found = answers.find(([pattern]) => pattern.test(line))?.[1];
        const reply = told(found, '500 what?');
        inBody = /^DATA/i.test(line) && typeof reply === 'string' && reply.startsWith('354');
        say(reply);
      }
    });
  };
}
