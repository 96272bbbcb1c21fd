/** One action of the viewer at a time: while it runs it cannot be started again. */
import { useRef, useState } from 'preact/hooks';
import { ApiError } from './api.js';

const NOT_FOUND = 404;

export interface Action {
  readonly isBusy: boolean;
  /** In the words of the server; null where the last run succeeded, or none was made. */
  readonly error: string | null;
  readonly run: () => void;
}

/** @param then called after the action succeeded. */
export function useAction<T>(act: () => Promise<T>, then: (result: T) => void): Action {
  const [state, setState] = useState<{ isBusy: boolean; error: string | null }>({ isBusy: false, error: null });
  // The state of the last render would let a second click of the same instant through.
  const isRunning = useRef(false);
  const run = async (): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setState({ isBusy: true, error: null });
    try {
      const result = await act();
      setState({ isBusy: false, error: null });
      then(result);
    } catch (failure) {
      setState({ isBusy: false, error: describe(failure) });
    } finally {
      isRunning.current = false;
    }
  };
  return { ...state, run: () => void run() };
}

function describe(failure: unknown): string {
  if (!(failure instanceof ApiError)) return String(failure);
  const isOlder = failure.status === NOT_FOUND && failure.message.startsWith('there is nothing at');
  return isOlder ? 'This version of portcast cannot do that' : failure.message;
}
