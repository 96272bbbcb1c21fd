/** Databases, and programs that open plain sockets. */
import { labScript, SERVER_ADDRESS } from '../../../lab/namespaces.js';
import type { ClientOrder } from '../client.js';
import { steady, stream } from '../row.js';
import type { ServerBehaviour } from '../traffic.js';
import { postgresFolder } from './packages.js';
import { besideThis, client, programRow, server, type Program, type ProgramRow } from './program-row.js';

const PYTHON = '/usr/bin/python3';
/** More than any row opens: the server's side must not run out of anything. */
const POSTGRES_CONNECTIONS = 300;
const SECONDS_WITHOUT_END = 300;
/** Twice as many commands as 500 ports bear, even where each takes as long as the pause. */
const REDIS_PAUSE_SECONDS = 0.07;
const COMMANDS_WITHOUT_END = 10_000;
/** The server sends its FIN so long after ours. */
const LATE_FIN_SECONDS = 0.4;
/** An address of the server's network that no host has. */
const NOBODY = '10.99.0.9';

const postgres = server(/ready to accept connections/, ({ folder, port }) => {
  return ['sh', besideThis('postgres.sh'), postgresFolder(), folder, port, POSTGRES_CONNECTIONS];
});
const redis = server(/Ready to accept connections/, ({ port }) => {
  const inMemory = ['--save', '', '--appendonly', 'no', '--dir', '/'];
  return ['redis-server', '--port', port, '--bind', SERVER_ADDRESS, '--protected-mode', 'no', ...inMemory];
});
const redisLoop = client(({ port }) => {
  return ['sh', besideThis('redis-loop.sh'), SERVER_ADDRESS, port, REDIS_PAUSE_SECONDS, COMMANDS_WITHOUT_END];
});

const pgbench = (perSecond: number): Program =>
  client(({ folder, port }) => {
    const target = ['-h', SERVER_ADDRESS, '-p', port, '-U', 'postgres', 'postgres'];
    const load = ['-C', '-n', '-c', 4, '-R', perSecond, '-T', SECONDS_WITHOUT_END, '-f', `${folder}/select.sql`];
    return [`${postgresFolder()}/pgbench`, ...load, ...target];
  });
const psqlPool = (connections: number, perSecond: number, keepSeconds: number): Program =>
  client(({ port }) => {
    const script = labScript('tools/league/programs/psql-pool.ts');
    return [...script, `${postgresFolder()}/psql`, SERVER_ADDRESS, port, connections, perSecond, keepSeconds];
  });

const socketServer = (behaviour: ServerBehaviour): Program =>
  server(/^listening$/, ({ port }) => [...labScript('tools/league/server.ts'), port, JSON.stringify(behaviour)]);
const pacedClient = (perSecond: number): Program =>
  client(({ port }) => {
    const streams = [stream(steady(perSecond, SECONDS_WITHOUT_END), { port })];
    const order: ClientOrder = { streams, lingerSeconds: 5 };
    return [...labScript('tools/league/client.ts'), JSON.stringify(order)];
  });
const java = (perSecond: number): Program =>
  client(({ port }) => ['java', besideThis('Dial.java'), SERVER_ADDRESS, port, perSecond, SECONDS_WITHOUT_END]);
const dial = (perSecond: number): Program =>
  client(({ port }) => [PYTHON, besideThis('dial.py'), NOBODY, port, perSecond, SECONDS_WITHOUT_END]);

/** The packets of an address that no host has go to the server's namespace, which drops them without an answer. */
const dropped: readonly Program[] = [
  { side: 'server', argv: () => ['ip', 'route', 'add', 'blackhole', `${NOBODY}/32`], ready: 'ended' },
  { side: 'client', argv: () => ['ip', 'route', 'add', `${NOBODY}/32`, 'via', SERVER_ADDRESS], ready: 'ended' },
];

export const OTHER_ROWS: readonly ProgramRow[] = [
  programRow({
    id: 'pgbench',
    title: '`pgbench -C --rate=32`',
    ports: 1000,
    needs: ['postgresql'],
    files: () => ({ 'select.sql': 'SELECT 1;\n' }),
    before: [postgres],
    programs: [pgbench(32)],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'pgslow',
    title: '`pgbench -C --rate=9`',
    ports: 1000,
    needs: ['postgresql'],
    files: () => ({ 'select.sql': 'SELECT 1;\n' }),
    before: [postgres],
    programs: [pgbench(9)],
    expects: 'silent',
    seconds: 100,
    usedAtLeast: 400,
  }),
  programRow({
    id: 'poolopen',
    title: '100 `psql` opened within 8 s on 1,000 ports, and kept',
    ports: 1000,
    needs: ['postgresql'],
    before: [postgres],
    programs: [psqlPool(100, 12.5, SECONDS_WITHOUT_END)],
    expects: 'silent',
    seconds: 75,
    usedAtLeast: 100,
  }),
  programRow({
    id: 'poolclose',
    title: '100 `psql` of 400 ports closed within a second',
    ports: 400,
    needs: ['postgresql'],
    // The pool stands when portcast starts, and closes a while later.
    before: [postgres, { ...psqlPool(100, 25, 35), ready: /^open$/ }],
    programs: [],
    expects: 'silent',
    seconds: 90,
    witness: /^closed$/,
    usedAtLeast: 100,
  }),
  programRow({
    id: 'poolleak',
    title: '`psql` opened at 3/s and never closed',
    ports: 150,
    needs: ['postgresql'],
    before: [postgres],
    programs: [psqlPool(250, 3, SECONDS_WITHOUT_END)],
    expects: 'exhausts',
    seconds: 90,
    usedAtLeast: 130,
  }),
  programRow({
    id: 'redis',
    title: 'two loops of `redis-cli`, one process for each command',
    ports: 500,
    needs: ['redis'],
    before: [redis],
    programs: [redisLoop, redisLoop],
    expects: 'exhausts',
    seconds: 75,
    witness: /^PONG$/,
    usedAtLeast: 450,
  }),
  programRow({
    id: 'java',
    title: 'Java sockets, opened and closed, 32/s',
    ports: 1000,
    needs: ['java'],
    before: [socketServer({ kind: 'closes-second' })],
    programs: [java(32)],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'javaslow',
    title: 'Java sockets, opened and closed, 9/s',
    ports: 1000,
    needs: ['java'],
    before: [socketServer({ kind: 'closes-second' })],
    programs: [java(9)],
    expects: 'silent',
    seconds: 100,
    usedAtLeast: 400,
  }),
  programRow({
    id: 'latefin',
    title: 'the FIN of the server 400 ms late, 40/s',
    ports: 3300,
    before: [socketServer({ kind: 'holds', holdSeconds: LATE_FIN_SECONDS })],
    programs: [pacedClient(40)],
    expects: 'silent',
    seconds: 90,
    usedAtLeast: 2000,
  }),
  programRow({
    id: 'latefinfast',
    title: 'the FIN of the server 400 ms late, 100/s',
    ports: 3300,
    before: [socketServer({ kind: 'holds', holdSeconds: LATE_FIN_SECONDS })],
    programs: [pacedClient(100)],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 3000,
  }),
  programRow({
    id: 'nosyn',
    title: 'Python sockets to a peer that drops SYNs, 0.5/s',
    ports: 100,
    needs: ['python'],
    before: dropped,
    programs: [dial(0.5)],
    expects: 'silent',
    unanswered: true,
    // Past the 134 s after which the kernel gives a connect up.
    seconds: 145,
    witness: /^dialling$/,
    usedAtLeast: 50,
  }),
  programRow({
    id: 'nosynfast',
    title: 'Python sockets to a peer that drops SYNs, 2/s',
    ports: 100,
    needs: ['python'],
    before: dropped,
    programs: [dial(2)],
    expects: 'exhausts',
    unanswered: true,
    seconds: 80,
    usedAtLeast: 90,
  }),
];
