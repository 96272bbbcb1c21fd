/** Reads the events of the stream: whole samples, changes of them, and the parts of events that were too long for one. */
import {
  changePacked,
  unpackSample,
  type PackedSample,
  type WireStreamChange,
  type WireStreamStart,
} from '../../../daemon/wire/packed-sample.js';
import type { WireSample } from '../../../daemon/wire/sample.js';

export const STREAM_EVENTS = ['part', 'sample', 'change'] as const;
export type StreamEvent = (typeof STREAM_EVENTS)[number];

interface SampleReader {
  /**
   * Null for a part, and for an event that is no sample, which is ignored: the age of the last sample on the page shows
   * it. `gap` where an event was lost, so that the stream must be opened again.
   */
  read(event: StreamEvent, text: string): WireSample | 'gap' | null;
}

/** A reader of one stream, from its first event on. */
export function createSampleReader(): SampleReader {
  let parts = '';
  let current: { seq: number; packed: PackedSample } | null = null;

  const show = (seq: number, packed: PackedSample): WireSample => {
    current = { seq, packed };
    return unpackSample(packed);
  };

  return {
    read(event, text) {
      if (event === 'part') {
        parts += text;
        return null;
      }
      const body = parseObject(parts + text);
      parts = '';
      if (event === 'sample') {
        if (isStart(body)) return show(body.seq, body.packed);
        return isSample(body) ? body : null;
      }
      if (!isChange(body) || current?.seq !== body.after) return 'gap';
      try {
        return show(body.seq, changePacked(current.packed, body));
      } catch {
        return 'gap';
      }
    },
  };
}

type Fields = Partial<Record<string, unknown>>;

function parseObject(text: string): Fields {
  try {
    const body: unknown = JSON.parse(text);
    return isFields(body) ? body : {};
  } catch {
    return {};
  }
}

function isStart(body: Fields): body is Fields & WireStreamStart {
  return typeof body['seq'] === 'number' && isFields(body['packed']) && isSample(body['packed']);
}

function isChange(body: Fields): body is Fields & WireStreamChange {
  const { seq, after, change } = body;
  return typeof seq === 'number' && typeof after === 'number' && (change === null || isFields(change));
}

/** Whether it has what every sample has, packed or not. */
function isSample(body: Fields): body is Fields & WireSample {
  const { status, pools, ports } = body;
  return isFields(status) && isFields(status['host']) && Array.isArray(pools) && Array.isArray(ports);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
