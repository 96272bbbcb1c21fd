/** When the browser has drawn a frame: what nobody waits for is done after it, so that the top of the page is there sooner. */
import { useEffect, useState } from 'preact/hooks';

/** Calls back once the next frame is drawn, and at once where the page is hidden, which draws none. @returns what cancels it */
export function whenDrawn(callback: () => void): () => void {
  if (document.hidden) {
    callback();
    return () => undefined;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The frame is drawn after its callbacks.
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(callback);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** Whether a frame has been drawn since the component was. */
export function useFirstFrame(): boolean {
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => whenDrawn(() => setDrawn(true)), []);
  return isDrawn;
}
