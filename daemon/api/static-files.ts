/** The built dashboard, as files. */
import { join } from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import { methodNotAllowed } from './problem.js';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>portcast: dashboard not built</title></head>
<body>
<h1>The dashboard is not built</h1>
<p>portcast itself is running. Build the dashboard with <code>npm run build</code> in its folder and reload this page.</p>
<p>Meanwhile: <a href="/api/v1/status">status</a>, <a href="/api/v1/pools">pools</a>, <a href="/metrics">metrics</a>.</p>
</body>
</html>
`;

/** Files in assets/ carry a hash of their content in the name and never change; the rest is asked for anew each time. */
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
  router.route('/').get(dashboardMissing).all(methodNotAllowed);
  return router;
}

/** Reached only when there is no index.html to serve. */
const dashboardMissing: RequestHandler = (_request, response) => {
  response.status(503).set('Cache-Control', 'no-store').type('html').send(NOT_BUILT);
};
