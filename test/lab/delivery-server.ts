/**
 * Stands for the mail server and the receiver of webhooks: prints one JSON line for each message that it accepted, with
 * the local port of its sender. `delivery-server.ts SMTP_PORT HTTP_PORT OTHER_PORT`; on the last one it only listens.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';

const [smtpPort, httpPort, otherPort] = process.argv.slice(2).map(Number);

const print = (event: string, fromPort: number): void => {
  process.stdout.write(`${JSON.stringify({ event, fromPort })}\n`);
};
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  onData(stream, session, done) {
    stream.resume();
    stream.on('end', () => {
      print('mail', session.remotePort);
      done();
    });
  },
});
// Clients that only open connections and close them again.
smtp.on('error', () => undefined);
const http = createHttpServer((request, response) => {
  request.resume();
  request.on('end', () => {
    print('post', request.socket.remotePort ?? 0);
    response.end('accepted');
  });
});
const other = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.resume();
});
await Promise.all([
  new Promise<void>((resolve) => smtp.listen(smtpPort, '0.0.0.0', resolve)),
  new Promise<void>((resolve) => http.listen(httpPort, '0.0.0.0', resolve)),
  new Promise<void>((resolve) => other.listen(otherPort, '0.0.0.0', resolve)),
]);
process.stdout.write('listening\n');
