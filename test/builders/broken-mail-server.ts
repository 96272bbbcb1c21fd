/** A TCP server on loopback that misbehaves as a test wants, and keeps what its clients sent. */
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface BrokenServer {
  readonly port: number;
  /** Everything that any client has sent. */
  received(): string;
  readonly connections: number;
  close(): Promise<void>;
}

/** A line to send, nothing (the server hangs), or something to do with the socket and the command. */
type Reply = string | null | ((socket: Socket, command: string) => void);

interface SmtpReplies {
  readonly greeting?: Reply;
  readonly ehlo?: Reply;
  readonly starttls?: Reply;
  readonly auth?: Reply;
  readonly mail?: Reply;
  readonly rcpt?: Reply;
  readonly data?: Reply;
  /** To the first line of the message. */
  readonly body?: Reply;
  /** To the end of the message. */
  readonly end?: Reply;
}

export async function startBrokenServer(handle: (socket: Socket) => void): Promise<BrokenServer> {
  const sockets = new Set<Socket>();
  let received = '';
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    handle(socket);
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

/** A plain SMTP server with these replies; a command without one gets the reply of a good server. */
export function smtpDialogue(replies: SmtpReplies): (socket: Socket) => void {
  return (socket) => {
    const send = (reply: Reply, command = ''): void => {
      if (typeof reply === 'function') reply(socket, command);
      else if (reply !== null) socket.write(`${reply}\r\n`);
    };
    const choose = (reply: Reply | undefined, good: string): Reply => (reply === undefined ? good : reply);
    const answers: [RegExp, Reply][] = [
      [/^EHLO/i, choose(replies.ehlo, '250 test')],
      [/^STARTTLS/i, choose(replies.starttls, '502 no')],
      [/^AUTH/i, choose(replies.auth, '235 ok')],
      [/^MAIL/i, choose(replies.mail, '250 ok')],
      [/^RCPT/i, choose(replies.rcpt, '250 ok')],
      [/^DATA/i, choose(replies.data, '354 go on')],
      [/^RSET/i, '250 ok'],
      [/^QUIT/i, '221 bye'],
    ];
    let isInBody = false;
    let isFirstLine = true;
    let unfinishedLine = '';
    send(choose(replies.greeting, '220 test ESMTP'));
    socket.on('data', (chunk) => {
      const lines = (unfinishedLine + chunk.toString('latin1')).split('\r\n');
      unfinishedLine = lines.pop() ?? '';
      for (const line of lines) {
        if (isInBody) {
          if (isFirstLine && replies.body !== undefined) send(replies.body);
          isFirstLine = false;
          if (line !== '.') continue;
          isInBody = false;
          send(choose(replies.end, '250 queued as 1'));
          continue;
        }
        const reply = choose(answers.find(([pattern]) => pattern.test(line))?.[1], '500 what?');
        isInBody = /^DATA/i.test(line) && typeof reply === 'string' && reply.startsWith('354');
        send(reply, line);
      }
    });
  };
}
