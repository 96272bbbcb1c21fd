/** Loads a document and requests it again while it is shown. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api.js';
import { streamCount } from './live.js';

interface Load<T> {
  /** The last good answer. It stays while a newer answer is on its way, and when that fails. */
  readonly value: T | null;
  readonly error: ApiError | null;
  /** Requests it now. */
  readonly reload: () => void;
}

interface PollOptions<T> {
  /** What is requested. Another key drops the answer to the one before. */
  readonly key: string;
  readonly request: (signal: AbortSignal) => Promise<T>;
  readonly everyMs: number;
  /** Requests it again whenever this changes. */
  readonly trigger?: unknown;
}

interface Answer<T> {
  readonly key: string;
  readonly value: T | null;
  readonly error: ApiError | null;
}

export function usePoll<T>({ key, request, everyMs, trigger }: PollOptions<T>): Load<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ key, value: null, error: null });
  const [asked, setAsked] = useState(0);
  const latest = useRef(request);
  latest.current = request;
  const stream = streamCount.value;

  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const value = await latest.current(abort.signal);
        if (!abort.signal.aborted) setAnswer({ key, value, error: null });
      } catch (failure) {
        if (abort.signal.aborted) return;
        const error = failure instanceof ApiError ? failure : new ApiError(0, String(failure));
        setAnswer((before) => ({ key, value: before.key === key ? before.value : null, error }));
      }
    };
    const start = (): void => void load();
    start();
    const timer = setInterval(start, everyMs);
    document.addEventListener('visibilitychange', start);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', start);
    };
  }, [key, everyMs, trigger, asked, stream]);

  const { value, error } = answer.key === key ? answer : { value: null, error: null };
  return { value, error, reload: () => setAsked((count) => count + 1) };
}
