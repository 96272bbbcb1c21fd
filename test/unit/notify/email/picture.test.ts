import { describe, expect, it } from 'vitest';
import { createPictureDrawer, type Rasterizer } from '../../../../daemon/notify/email/picture.js';
import { drawPicture } from '../../../../daemon/notify/message/picture/picture.js';
import { T0 } from '../../../builders/forecasts.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { requireValue } from '../../../builders/require-value.js';

function drawNotice(): string {
  const scene = incidentScene();
  scene.fire({ pool: 'a' });
  const [notice] = scene.step();
  return requireValue(drawPicture(requireValue(notice), { nowMs: T0, readHistory: () => null }));
}

/** The width and height in the header of a PNG. */
function sizeOf(png: Buffer): [number, number] {
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

/** A library that draws nothing and counts how often it was asked to. */
function fakeLibrary(answer: (zoom: number) => Promise<Buffer>): Rasterizer & { readonly zooms: number[] } {
  const zooms: number[] = [];
  return {
    zooms,
    async renderAsync(_svg, options) {
      const { value } = (options as { fitTo: { value: number } }).fitTo;
      zooms.push(value);
      const png = await answer(value);
      return { asPng: () => png };
    },
  };
}

describe('the picture as PNG', () => {
  it('is drawn at twice its size with the font of the package, and is small', async () => {
    const svg = drawNotice();
    const png = requireValue(await createPictureDrawer(undefined, 20_000).draw(svg));
    expect(sizeOf(png)).toEqual([1200, 640]);
    expect(png.length).toBeLessThan(60 * 1024);
    const withoutText = svg.replaceAll(/<text.*?<\/text>/g, '');
    const bare = requireValue(await createPictureDrawer(undefined, 20_000).draw(withoutText));
    expect(png.length).toBeGreaterThan(bare.length + 2000);
  });

  it('is drawn once for many recipients', async () => {
    const library = fakeLibrary(() => Promise.resolve(Buffer.from('png')));
    const { draw } = createPictureDrawer(() => library);
    const pictures = await Promise.all(Array.from({ length: 10 }, () => draw('<svg/>')));
    expect(new Set(pictures).size).toBe(1);
    expect(library.zooms).toHaveLength(1);
  });

  it('is drawn smaller where it would be large, and left out where that is large as well', async () => {
    const large = fakeLibrary((zoom) => Promise.resolve(Buffer.alloc(zoom === 1 ? 1000 : 100_000)));
    expect((await createPictureDrawer(() => large).draw('<svg/>'))?.length).toBe(1000);
    const huge = fakeLibrary(() => Promise.resolve(Buffer.alloc(100_000)));
    expect(await createPictureDrawer(() => huge).draw('<svg/>')).toBeNull();
    expect(huge.zooms).toEqual([2, 1]);
  });

  it('is left out where the library is missing, fails, or takes too long', async () => {
    const missing = createPictureDrawer(() => {
      throw new Error("Cannot find module '@resvg/resvg-js'");
    });
    expect(await missing.draw('<svg/>')).toBeNull();
    expect(await createPictureDrawer().draw('no picture at all')).toBeNull();
    const slow = fakeLibrary(() => new Promise(() => undefined));
    expect(await createPictureDrawer(() => slow, 5).draw('<svg/>')).toBeNull();
  });
});
