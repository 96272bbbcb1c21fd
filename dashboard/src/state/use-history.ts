/** Loads a history and keeps it fresh while it is looked at. */
import { useEffect, useState } from 'preact/hooks';
import type { History } from '../../../daemon/wire/history.js';
import { ApiError, fetchHistory } from './api.js';
import { hostNowMs, streamCount } from './live.js';

export interface HistoryView {
  readonly history: History;
  readonly fromMs: number;
  readonly toMs: number;
}
export interface HistoryLoad {
  /** The last good answer for this request, even while a newer one is on its way or has failed. */
  readonly view: HistoryView | null;
  readonly error: ApiError | null;
}

export interface HistoryOptions {
  readonly kind: 'pools' | 'ports';
  readonly id: string;
  readonly lengthMs: number;
  readonly points: number;
  /** How often to ask again; null for once per stream. */
  readonly refreshMs: number | null;
}

interface KeyedLoad extends HistoryLoad {
  /** Which wish this answers. */
  readonly key: string;
}

/** Null asks for nothing. */
export function useHistory(wish: HistoryOptions | null): HistoryLoad {
  const [load, setLoad] = useState<KeyedLoad>({ key: '', view: null, error: null });
  const key = wish === null ? '' : `${wish.kind}/${wish.id}/${wish.lengthMs}`;
  const stream = streamCount.value;

  useEffect(() => {
    if (wish === null) return;
    const abort = new AbortController();
    const run = async (): Promise<void> => {
      if (document.hidden) return;
      const toMs = hostNowMs.peek();
      const fromMs = toMs - wish.lengthMs;
      try {
        const history = await fetchHistory({ ...wish, fromMs, toMs }, abort.signal);
        if (!abort.signal.aborted) setLoad({ key, view: { history, fromMs, toMs }, error: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, String(error));
        setLoad((previous) => ({ key, view: previous.key === key ? previous.view : null, error: failure }));
      }
    };
    const start = (): void => void run();
    start();
    const timer = wish.refreshMs === null ? undefined : setInterval(start, wish.refreshMs);
    document.addEventListener('visibilitychange', start);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', start);
    };
  }, [key, wish?.points, stream]);

  return load.key === key ? load : { view: null, error: null };
}
