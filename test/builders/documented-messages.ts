/** Messages for channels other than mail, as they are stored. */
import type { Notice } from '../../daemon/incident/incident.js';
import type { OutboxMessage } from '../../daemon/notify-contracts.js';
import type { Advice } from '../../daemon/notify/message/advice.js';
import { createMessage } from '../../daemon/notify/message/outbox-messages.js';
import { MINUTE_MS } from '../../daemon/units.js';
import { incidentScene } from './incident-scene.js';
import { mailContext } from './messages.js';
import { requireValue } from './require-value.js';

interface DocumentedOptions {
  readonly recipient?: string;
  readonly hostName?: string;
  readonly processes?: readonly string[];
  /** The address of the destination. */
  readonly destination?: string;
  readonly advice?: string;
}

/** The messages that tell the beginning and the end of an incident. */
export function documentedMessages(options: DocumentedOptions = {}): [first: OutboxMessage, resolved: OutboxMessage] {
  const { recipient = 'webhook', hostName = 'web-1', processes = ['psql'], destination, advice } = options;
  const scene = incidentScene();
  const place = destination === undefined ? {} : { remoteAddress: destination };
  const alert = scene.fire({ pool: 'a', processes, place });
  const [first] = scene.step();
  scene.resolve(alert);
  scene.step();
  const [resolved] = scene.step(MINUTE_MS);
  const remedies: readonly Advice[] | null =
    advice === undefined ? null : [{ title: advice, detail: advice, commands: [advice] }];
  const context = mailContext({ hostName, ...(remedies === null ? {} : { remedies }) });
  const create = (notice: Notice | undefined): OutboxMessage =>
    createMessage({ recipient, notice: requireValue(notice) }, { domain: 'example.org', context });
  return [create(first), create(resolved)];
}
