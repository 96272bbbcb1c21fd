/** Incoming webhooks of Slack, and of what takes the same (Mattermost, Rocket.Chat). */
import type { Channel } from '../../notify-contracts.js';
import { NO_DOCUMENT } from '../message/document.js';
import type { WireNotification } from '../../wire/notification.js';
import { judgeAnswer } from '../http/outcome.js';
import { postJson, type HttpTarget } from '../http/request.js';
import { createSelfTest } from '../http/self-test.js';
import { renderSlack } from './slack-message.js';

export function createSlackChannel(options: HttpTarget): Channel {
  const stop = new AbortController();
  const target = { ...options, signal: stop.signal };
  return {
    ...createSelfTest(target),
    async send({ document }) {
      if (document == null) return NO_DOCUMENT;
      const body = JSON.stringify(renderSlack(JSON.parse(document) as WireNotification));
      return judgeAnswer(await postJson(target, body), target);
    },
    close: () => stop.abort(),
  };
}
