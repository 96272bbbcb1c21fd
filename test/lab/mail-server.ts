/** An SMTP server on loopback that prints one JSON line for each mail it accepted. `mail-server.ts PORT` */
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const atMs = Date.now();
      done();
      void simpleParser(Buffer.concat(chunks)).then((mail) => {
        const { subject, text, messageId } = mail;
        process.stdout.write(`${JSON.stringify({ event: 'mail', atMs, subject, text, messageId })}\n`);
      });
    });
  },
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
