/** A screen that shows one picture for days. */

const MINUTE_MS = 60_000;
/** The picture is back where it was after so many minutes, and has then been at as many places. */
const ORBIT_X = 17;
const ORBIT_Y = 13;

/** Asks the browser to keep the screen on, where it allows that (https or loopback). @returns a function that ends it */
export function keepScreenOn(): () => void {
  let lock: WakeLockSentinel | null = null;
  let ended = false;
  // The lock is lost whenever the page is hidden.
  const take = async (): Promise<void> => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (ended) await lock.release();
    } catch {
      // The power settings forbid it. The page works without.
    }
  };
  const retake = (): void => void take();
  document.addEventListener('visibilitychange', retake);
  retake();
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', retake);
    void lock?.release();
  };
}

/** Where the picture stands in this minute, -1 to 1 on both axes, so that no edge burns into the screen. */
export function placeInOrbit(nowMs: number): { readonly x: number; readonly y: number } {
  const minute = Math.floor(nowMs / MINUTE_MS);
  return { x: swing(minute, ORBIT_X), y: swing(minute, ORBIT_Y) };
}

/** There and back along a straight line. */
function swing(minute: number, period: number): number {
  const phase = (minute % period) / period;
  return 1 - 4 * Math.abs(phase - 0.5);
}
