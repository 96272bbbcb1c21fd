/** What the queries of a connection cost, without a clock: the rows they read, and whether they read whole tables. */
import type { Connection } from '../../daemon/store/database.js';

type Read = (...values: unknown[]) => unknown;

interface QueryCost {
  /** Rows that the statements prepared since have returned. */
  countRows(): number;
  /** Steps of the plans of those statements that go through a whole table or a whole index. */
  listFullScans(): string[];
}

/** Watches every statement that is prepared from now on. */
export function watchQueryCost(db: Connection): QueryCost {
  const statements: string[] = [];
  let rows = 0;
  const prepare = db.prepare.bind(db) as (sql: string) => { get: Read; all: Read };
  const count = (read: Read, countOf: (result: unknown) => number): Read => {
    return (...values) => {
      const result = read(...values);
      rows += countOf(result);
      return result;
    };
  };
  const watchedPrepare = (sql: string) => {
    statements.push(sql);
    const statement = prepare(sql);
    const [get, all] = [statement.get.bind(statement), statement.all.bind(statement)];
    return Object.assign(statement, {
      get: count(get, (row) => (row === undefined ? 0 : 1)),
      all: count(all, (list) => (list as unknown[]).length),
    });
  };
  Object.assign(db, { prepare: watchedPrepare });
  return {
    countRows: () => rows,
    listFullScans: () => statements.flatMap((sql) => explain(prepare, sql)).filter((step) => step.startsWith('SCAN ')),
  };
}

function explain(prepare: (sql: string) => { all: Read }, sql: string): string[] {
  const parameters = new Array<number>(sql.split('?').length - 1).fill(0);
  const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
  return steps.map(({ detail }) => detail);
}
