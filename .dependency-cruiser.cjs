/** The dependency rule: core knows nobody, edges do not know one another, only app.ts, app/ and cli/ wire them. */
const core =
  '^daemon/(host|snapshot|pool|forecast|score|outage|change|advice|alert|incident|access)/|^daemon/(units|top-ranked|quantities|errors|mail-address|secrets)\\.ts$';
const edges = ['source', 'store', 'notify', 'api', 'service', 'config', 'sampling', 'replay', 'drill'];
/** Files of daemon/ itself that an edge may import. The worker thread of the source has to read the clock by itself. */
const edgeFiles = (edge) => {
  const more = { source: '|clock|koffi', service: '|koffi', notify: '|koffi' }[edge] ?? '';
  return `^daemon/(((dump|notify)-)?contracts|log|paths${more})\\.ts$`;
};
/** The line of the data flow: each folder may import those before it. */
const line = ['host', 'snapshot', 'pool', 'forecast', 'score', 'outage', 'change', 'advice', 'alert', 'incident'];

const only = (name, pkg, allowed) => ({
  name,
  severity: 'error',
  from: { path: '^(daemon|dashboard)/', pathNot: allowed },
  to: { path: `^(node_modules/)?${pkg}(/|$)` },
});

module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'The core imports nothing from node or npm and nothing of the daemon outside the core.',
      severity: 'error',
      from: { path: core },
      to: { pathNot: core },
    },
    ...line.slice(0, -1).map((folder, index) => ({
      name: `core-line-${folder}`,
      comment:
        'Imports go right to left along the line host, snapshot, pool, forecast, score, outage, change, advice, alert, incident.',
      severity: 'error',
      from: { path: `^daemon/${folder}/` },
      to: { path: `^daemon/(${line.slice(index + 1).join('|')})/` },
    })),
    ...edges.map((edge) => ({
      name: `edge-${edge}`,
      comment: 'Edges import core, contracts, wire, log, paths and their own packages; never each other.',
      severity: 'error',
      from: { path: `^daemon/${edge}/` },
      to: { path: '^daemon/', pathNot: [`^daemon/${edge}/`, core, edgeFiles(edge), '^daemon/wire/'] },
    })),
    {
      name: 'contracts-and-wire-are-types',
      severity: 'error',
      from: { path: '^daemon/((dump|notify)-)?contracts\\.ts$|^daemon/wire/' },
      to: { pathNot: `${core}|^daemon/((dump|notify)-)?contracts\\.ts$|^daemon/wire/` },
    },
    {
      name: 'cycle-imports-core-and-contracts',
      severity: 'error',
      from: { path: '^daemon/(cycle|sampler)\\.ts$' },
      to: { pathNot: `${core}|^daemon/(((dump|notify)-)?contracts|sampler)\\.ts$` },
    },
    {
      name: 'only-app-and-cli-wire-edges',
      severity: 'error',
      from: {
        path: '^daemon/',
        pathNot: `^daemon/(app|main)\\.ts$|^daemon/(app|cli)/|^daemon/(${edges.join('|')})/`,
      },
      to: { path: `^daemon/(${edges.join('|')})/` },
    },
    {
      name: 'dashboard-takes-the-wire',
      comment: 'The dashboard takes wire/, and from core only the pure functions it shares.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: {
        path: '^daemon/',
        pathNot:
          '^daemon/wire/|^daemon/units\\.ts$|^daemon/advice/(plan|what-if[\\w-]*)\\.ts$|^daemon/(host/endpoint|forecast/thresholds)\\.ts$',
      },
    },
    only('better-sqlite3-in-store', 'better-sqlite3', '^daemon/store/'),
    only('nodemailer-in-email', 'nodemailer', '^daemon/notify/email/'),
    only('resvg-in-email', '@resvg', '^daemon/notify/email/picture\\.ts$'),
    only('systeminformation-in-its-source', 'systeminformation', '^daemon/source/other/systeminformation\\.ts$'),
    only('croner-in-config', 'croner', '^daemon/config/'),
    only('koffi-in-its-loader', 'koffi', '^daemon/koffi\\.ts$'),
    {
      name: 'c-calls-in-native-files',
      comment: 'Calls into the C library stay in the files whose names end with -native.',
      severity: 'error',
      from: { path: '^daemon/', pathNot: '-native\\.ts$' },
      to: { path: '^daemon/koffi\\.ts$' },
    },
    only(
      'child-process-where-needed',
      'child_process',
      '^daemon/service/|^daemon/drill/|^daemon/notify/exec/|^daemon/source/other/systeminformation\\.ts$',
    ),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: require('node:path').join(__dirname, 'daemon/tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
