/** The fake of the history of the store. */
import type { HistoryQuery, HistoryStore } from '../../daemon/contracts.js';
import type { History } from '../../daemon/wire/history.js';

type HistoryAnswer = History | null | Error;

/** @param answers the history of every pool and of every port series, or an error to throw. */
export function fakeHistory(answers: { pool: HistoryAnswer; port: HistoryAnswer }) {
  const queries: HistoryQuery[] = [];
  const answerWith = (answer: HistoryAnswer) => (query: HistoryQuery) => {
    queries.push(query);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const store: HistoryStore = { poolHistory: answerWith(answers.pool), portHistory: answerWith(answers.port) };
  return { ...store, queries };
}
