/** Loads a history and requests it again while it is shown. */
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
  /** The last good answer to this request. It stays while a newer answer is on its way, and when that fails. */
  readonly view: HistoryView | null;
  readonly error: ApiError | null;
}

interface HistoryOptions {
  readonly kind: 'pools' | 'ports';
  readonly id: string;
  readonly lengthMs: number;
  readonly points: number;
  /** How often to request it again; null for once per stream. */
  readonly refreshMs: number | null;
}

interface KeyedLoad extends HistoryLoad {
  /** The request that this answers. */
  readonly key: string;
}

export function useHistory(options: HistoryOptions): HistoryLoad {
  const [load, setLoad] = useState<KeyedLoad>({ key: '', view: null, error: null });
  const key = `${options.kind}/${options.id}/${options.lengthMs}`;
  const stream = streamCount.value;

  useEffect(() => {
    const abort = new AbortController();
    const request = async (): Promise<void> => {
      if (document.hidden) return;
      const toMs = hostNowMs.peek();
      const fromMs = toMs - options.lengthMs;
      try {
        const history = await fetchHistory({ ...options, fromMs, toMs }, abort.signal);
        if (!abort.signal.aborted) setLoad({ key, view: { history, fromMs, toMs }, error: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, String(error));
        setLoad((previous) => ({ key, view: previous.key === key ? previous.view : null, error: failure }));
      }
    };
    const start = (): void => void request();
    start();
    const timer = options.refreshMs === null ? undefined : setInterval(start, options.refreshMs);
    document.addEventListener('visibilitychange', start);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', start);
    };
  }, [key, options.points, stream]);

  return load.key === key ? load : { view: null, error: null };
}
