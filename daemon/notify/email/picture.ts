/**
 * Draws the picture of a mail as PNG. The library that does it is an optional dependency: npm leaves it out where it has no
 * binary for the system, and with `--omit=optional`. A mail without its picture is complete.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FONTS_DIR } from '../../paths.js';
import { SECOND_MS } from '../../units.js';

/** The part of @resvg/resvg-js that is used. Its own types cannot be imported, because it may not be installed. */
export interface Rasterizer {
  /** Draws in a thread of the pool, so that sampling goes on meanwhile. */
  renderAsync(svg: string, options: object, signal?: AbortSignal): Promise<{ asPng(): Buffer }>;
}

export interface PictureDrawer {
  /** The picture as PNG; null where it could not be drawn in time. Never throws. */
  draw(svg: string): Promise<Buffer | null>;
}

/** Twice the size at which it is shown, for sharp text on screens of high resolution; a large file is drawn smaller. */
const ZOOMS = [2, 1];
/** Drawing takes some 50 ms. A mail about an exhaustion does not wait for longer than this. */
const LIMIT_MS = SECOND_MS;
/** A larger one is left out: mail programs on phones load pictures over slow links. */
const MAX_BYTES = 60 * 1024;
/** The pictures of the notices under way. One is sent to many recipients. */
const KEPT = 8;
const OPTIONS = {
  font: {
    fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(FONTS_DIR, file)),
    loadSystemFonts: false,
    defaultFontFamily: 'DejaVu Sans',
  },
};

/** @param load finds the library; throws where it is not installed. */
export function createPictureDrawer(load: () => Rasterizer = loadRasterizer, limitMs = LIMIT_MS): PictureDrawer {
  const drawn = new Map<string, Promise<Buffer | null>>();
  return {
    draw(svg) {
      const known = drawn.get(svg);
      if (known !== undefined) return known;
      const drawing = drawWithin(load, svg, limitMs);
      drawn.set(svg, drawing);
      const [oldest] = drawn.keys();
      if (drawn.size > KEPT && oldest !== undefined) drawn.delete(oldest);
      return drawing;
    },
  };
}

async function drawWithin(load: () => Rasterizer, svg: string, limitMs: number): Promise<Buffer | null> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      abort.abort();
      resolve(null);
    }, limitMs);
  });
  const drawAt = async (zoom: number): Promise<Buffer> =>
    (await load().renderAsync(svg, { ...OPTIONS, fitTo: { mode: 'zoom', value: zoom } }, abort.signal)).asPng();
  const drawSmall = async (): Promise<Buffer | null> => {
    for (const zoom of ZOOMS) {
      const png = await drawAt(zoom);
      if (png.length <= MAX_BYTES) return png;
    }
    return null;
  };
  try {
    return await Promise.race([drawSmall(), timeUp]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function loadRasterizer(): Rasterizer {
  const require = createRequire(import.meta.url);
  return require('@resvg/resvg-js') as Rasterizer;
}
