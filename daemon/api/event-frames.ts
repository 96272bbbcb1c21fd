/** The bytes of server-sent events: bounded in size, and compressed once for all clients. */
import { constants, crc32, deflateRawSync } from 'node:zlib';

/** No event is larger. What is larger is sent in parts: events `part`, whose data come before those of the last event. */
export const MAX_EVENT_BYTES = 32 * 2 ** 10;
/** What `id`, `event` and `data:` take beside the text; the largest id has 16 digits. */
const FRAME_BYTES = 64;
const PART_BYTES = MAX_EVENT_BYTES - FRAME_BYTES;
/** The head of a gzip file (RFC 1952) without name and time; 255 is an unknown system. */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** An empty block that is marked as the last one. */
const LAST_BLOCK = Buffer.from([3, 0]);

/** Bytes of a stream, as they are and compressed. */
export interface Frame {
  readonly plain: Buffer;
  /**
   * The same as blocks of DEFLATE that refer to nothing before them (a full flush, RFC 1951 and zlib). Any client can
   * therefore be sent the same compressed bytes, whatever it was sent before, and no client needs a compressor of its own.
   */
  deflated(): Buffer;
}

export function createFrame(plain: Buffer): Frame {
  let deflated: Buffer | null = null;
  return {
    plain,
    deflated: () => (deflated ??= deflateRawSync(plain, { finishFlush: constants.Z_FULL_FLUSH })),
  };
}

/** JSON text has no line break, so one `data:` line is enough. */
export function encodeEvent(id: number, name: string, document: unknown): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(document)}\n\n`);
}

/** The same in events of at most 32 KB. */
export function encodeInParts(id: number, name: string, document: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(document));
  if (text.length <= PART_BYTES) return frameText(text, `id: ${id}\nevent: ${name}\n`);
  const frames: Buffer[] = [];
  let start = 0;
  while (text.length - start > PART_BYTES) {
    const end = findCut(text, start + PART_BYTES);
    frames.push(frameText(text.subarray(start, end), 'event: part\n'));
    start = end;
  }
  return Buffer.concat([...frames, frameText(text.subarray(start), `id: ${id}\nevent: ${name}\n`)]);
}

function frameText(text: Buffer, head: string): Buffer {
  return Buffer.concat([Buffer.from(`${head}data: `), text, Buffer.from('\n\n')]);
}

/** The last place up to `end` that does not lie within a character of UTF-8. */
function findCut(text: Buffer, end: number): number {
  let cut = end;
  while (((text[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}

/** A gzip file that is made of frames. */
interface GzipFile {
  readonly head: Buffer;
  /** The bytes of a frame that is sent now. */
  add(frame: Frame): Buffer;
  /** What ends the file. */
  end(): Buffer;
}

/** It remembers the check sum and the length of what it was given, and nothing else. */
export function createGzipFile(): GzipFile {
  let [sum, length] = [0, 0];
  return {
    head: GZIP_HEAD,
    add(frame) {
      // Of no bytes zlib gives 0, whatever the sum so far.
      if (frame.plain.length > 0) sum = crc32(frame.plain, sum);
      length = (length + frame.plain.length) % 2 ** 32;
      return frame.deflated();
    },
    end() {
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(sum, 0);
      trailer.writeUInt32LE(length, 4);
      return Buffer.concat([LAST_BLOCK, trailer]);
    },
  };
}
