/** Serves the files of the built dashboard. */
import { join } from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import { methodNotAllowed } from './problem.js';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>portcast: dashboard not built</title></head>
<body>
<h1>The dashboard is not built</h1>
<p>portcast is running. To build the dashboard, run <code>npm run build</code> in the folder of portcast, then reload this page.</p>
<p>Meanwhile: <a href="api/v1/status">status</a>, <a href="api/v1/pools">pools</a>, <a href="metrics">metrics</a>.</p>
</body>
</html>
`;

/**
 * Files in assets/ have a hash of their content in their name, so browsers may keep them for a year. All other files
 * are revalidated at each request.
 */
export function serveDashboard(dashboardDir: string): Router {
  const router = Router();
  const files = { index: false, redirect: false } as const;
  router.use('/assets', express.static(join(dashboardDir, 'assets'), { ...files, maxAge: '1y', immutable: true }));
  router.use(
    express.static(dashboardDir, {
      ...files,
      index: 'index.html',
      cacheControl: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  router.route('/').get(answerNotBuilt).all(methodNotAllowed);
  return router;
}

/** Answers `/` when there is no index.html. */
const answerNotBuilt: RequestHandler = (_request, response) => {
  response.status(503).set('Cache-Control', 'no-store').type('html').send(NOT_BUILT);
};
