/** The process of a drill inside its namespace: burns ports there, and reads the socket table for the drill outside. */
import { HOST_NAMESPACE_VARIABLE, type FromAgent, type ToAgent } from '../drill/agent-protocol.js';
import { openBurner, type Burner } from '../drill/burner.js';
import { messageOf } from '../errors.js';
import { startSource, type Source } from '../source/worker/supervisor.js';
import { createCommandLog, EXIT, type CliIo } from './context.js';

/** Runs until the drill closes the channel between the two processes. @returns the exit code */
export async function runDrillAgent(io: CliIo): Promise<number> {
  const hostNamespace = io.env[HOST_NAMESPACE_VARIABLE];
  if (process.send === undefined || hostNamespace === undefined) {
    io.err('portcast: drill-agent is started by portcast drill only\n');
    return EXIT.usage;
  }
  const tell = (message: FromAgent): void => void process.send?.(message);
  // A process that is killed leaves its agent behind: the channel then closes too.
  const ended = new Promise<void>((resolve) => process.once('disconnect', resolve));
  try {
    const burner = await openBurner(hostNamespace, (atMs) => tell({ kind: 'failed', atMs }));
    const source = await startSource({ source: 'auto', namespace: 'host', log: createCommandLog(io) });
    process.on('message', (message: ToAgent) => {
      answer(message, { burner, source }).then(
        (value) => tell({ kind: 'result', id: message.id, value }),
        (error: unknown) => tell({ kind: 'error', id: message.id, message: messageOf(error) }),
      );
    });
    tell({ kind: 'ready' });
    await ended;
    process.exit(EXIT.ok);
  } catch (error) {
    tell({ kind: 'unable', message: messageOf(error) });
    await ended;
  }
  return EXIT.failed;
}

async function answer(message: ToAgent, { burner, source }: { burner: Burner; source: Source }) {
  switch (message.call) {
    case 'readHost':
      return await source.readHost();
    case 'readTable':
      return await source.readTable();
    case 'findOwners':
      return await source.findOwners(message.queries);
    case 'burn':
      burner.begin();
      return null;
    case 'stopBurning':
      burner.stop();
      return null;
  }
}
