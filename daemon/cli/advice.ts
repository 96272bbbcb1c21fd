/** `portcast advice`: what to do about the pools at risk, or about one pool, with the computed effect of each remedy. */
import { Option, type Command } from 'commander';
import { adviseOnPool, isAtRisk } from '../advice/advise.js';
import { NO_CONTEXT, PLATFORMS, type AdviceContext, type AdvicePlatform, type Owner } from '../advice/context.js';
import { adviseOnHost } from '../advice/host-advice.js';
import { PROGRAM_NAMES, type ProgramName } from '../advice/programs.js';
import { readSamples } from '../app/samples.js';
import { PortcastError } from '../errors.js';
import type { PoolForecast } from '../forecast/types.js';
import { listPortSamples } from '../snapshot/port-series.js';
import { SECOND_MS } from '../units.js';
import { hostAdviceToWire, poolAdviceToWire, type WireAdvice, type WirePoolAdvice } from '../wire/advice.js';
import { formatHostAdvice, formatPoolAdvice } from './advice-text.js';
import { createCommandLog, EXIT, loadConfigFor, printJson, type CliContext, type CliIo } from './context.js';
import { askDaemon, type AskDaemon } from './daemon-forecast.js';
import { fetchDocument, isObject, type DaemonAddress } from './daemon-client.js';
import { addOriginOptions } from './forecast.js';
import type { HostSample, StartSource } from './one-shot.js';
import { locateDaemon } from './daemon-login.js';
import { createQuestion, type OriginOptions } from './reading.js';

const DAEMON_TIMEOUT_MS = 2 * SECOND_MS;

interface AdviceOptions extends OriginOptions {
  readonly pool?: string;
  readonly program?: ProgramName;
  readonly platform?: AdvicePlatform;
  readonly json?: boolean;
}

interface AdviceParts {
  readonly version: string;
  readonly ask: AskDaemon;
  readonly start: () => Promise<StartSource>;
}

type Advice =
  | { readonly kind: 'host'; readonly document: WireAdvice; readonly origin: string }
  | { readonly kind: 'pool'; readonly document: WirePoolAdvice; readonly origin: string };

export function addAdvice(program: Command, context: CliContext): void {
  const command = program
    .command('advice')
    .description(
      'what to do: remedies with their computed effect, how to undo and to verify them, and what does nothing',
    )
    .option('--pool <id>', 'about this pool only (`portcast forecast --json` has the ids)')
    .addOption(new Option('--program <name>', 'the program that opens the connections').choices(PROGRAM_NAMES))
    .addOption(
      new Option('--platform <name>', 'the system of the clients (default: that of this host)').choices(PLATFORMS),
    )
    .option('--json', 'as JSON');
  addOriginOptions(command).action(async (options: AdviceOptions) => {
    // The source loads native code, which an answer of the daemon makes unnecessary.
    const start = async () => (await import('../source/worker/supervisor.js')).startSource;
    context.finish(await adviceCommand(context.io, options, { version: context.version, ask: askDaemon, start }));
  });
}

/** @throws PortcastError USAGE for a pool that does not exist, and the errors of the source. */
export async function adviceCommand(io: CliIo, options: AdviceOptions, parts: AdviceParts): Promise<number> {
  const advice = (await askForAdvice(io, options, parts)) ?? (await adviseFromHost(io, options, parts));
  if (options.json === true) printJson(io, advice.document);
  else {
    const isDetailed = options.pool !== undefined || options.program !== undefined;
    const text =
      advice.kind === 'pool'
        ? formatPoolAdvice(advice.document, isDetailed)
        : formatHostAdvice(advice.document, isDetailed);
    io.out(`${[advice.origin, '', ...text].join('\n')}\n`);
  }
  return EXIT.ok;
}

/** Null where no daemon answers, or its answer cannot stand for this host. */
async function askForAdvice(io: CliIo, options: AdviceOptions, { version, ask }: AdviceParts): Promise<Advice | null> {
  if (options.source !== undefined || options.daemon === false) return null;
  const { config } = loadConfigFor(io, options.config);
  const place = locateDaemon(io, config);
  const answer = await ask(createQuestion({ config, place, version, signal: io.signal }));
  if (answer.kind !== 'forecast') return null;
  const daemon: DaemonAddress = { ...place, timeoutMs: DAEMON_TIMEOUT_MS, signal: io.signal };
  const { pool: id, program, platform } = options;
  const given = new URLSearchParams({ ...(program && { program }), ...(platform && { platform }) });
  const query = given.size === 0 ? '' : `?${given.toString()}`;
  const origin = `${config.host.name}, from the running daemon`;
  if (id === undefined) {
    return { kind: 'host', document: await fetchDocument(daemon, `/api/v1/advice${query}`, isHostAdvice), origin };
  }
  if (!answer.forecast.pools.some((pool) => pool.id === id)) throw missingPool(id);
  const path = `/api/v1/pools/${encodeURIComponent(id)}/advice${query}`;
  return { kind: 'pool', document: await fetchDocument(daemon, path, isPoolAdvice), origin };
}

async function adviseFromHost(io: CliIo, options: AdviceOptions, parts: AdviceParts): Promise<Advice> {
  const { config } = loadConfigFor(io, options.config);
  const { sampleHost } = await import('./one-shot.js');
  const reading = {
    source: options.source ?? config.sampling.source,
    hostName: config.host.name,
    log: createCommandLog(io),
    signal: io.signal,
  };
  const origin = `${config.host.name}, read from this host`;
  return await sampleHost(reading, await parts.start(), async (sample, { findOwners }) => {
    const { pools, limits } = sample;
    const context = createContext(sample, options);
    const { pool: id } = options;
    const chosen = pools.find((pool) => pool.id === id);
    if (id !== undefined && chosen === undefined) throw missingPool(id);
    const sought = chosen === undefined ? pools.filter(isAtRisk) : [chosen];
    const owners = await searchOwners(sought, findOwners);
    if (chosen !== undefined) {
      const advice = adviseOnPool(chosen, limits, { ...context, owners: owners.get(chosen.id) ?? [] });
      return { kind: 'pool', document: poolAdviceToWire(advice), origin };
    }
    const facts = { ...sample, ...describeSample(sample) };
    const advice = adviseOnHost(facts, context, (poolId) => ({ owners: owners.get(poolId) ?? [], sinceMs: null }));
    return { kind: 'host', document: hostAdviceToWire(advice), origin };
  });
}

function createContext({ snapshot }: HostSample, { program, platform }: AdviceOptions): AdviceContext {
  return {
    ...NO_CONTEXT,
    listeners: snapshot.listeningPorts,
    program: program ?? null,
    platform: platform ?? null,
    samples: readSamples(),
  };
}

function describeSample({ snapshot, host }: HostSample) {
  const ports = listPortSamples(snapshot, new Set()).listed;
  return { ports, sampledAtMs: snapshot.takenAtMs, unusedCapacity: host.capacity };
}

type FindOwners = (
  pools: readonly PoolForecast[],
) => Promise<{ readonly reports: readonly { processes: readonly Owner[] }[] }>;

async function searchOwners(
  pools: readonly PoolForecast[],
  findOwners: FindOwners,
): Promise<ReadonlyMap<string, readonly Owner[]>> {
  if (pools.length === 0) return new Map();
  const { reports } = await findOwners(pools);
  return new Map(pools.map(({ id }, index) => [id, reports[index]?.processes ?? []]));
}

function missingPool(id: string): PortcastError {
  return new PortcastError(
    'USAGE',
    `there is no pool ${JSON.stringify(id)} now; portcast forecast --json lists the pools with their ids`,
  );
}

function isHostAdvice(value: unknown): value is WireAdvice {
  return isObject(value) && Array.isArray(value['pools']) && Array.isArray(value['general']);
}

function isPoolAdvice(value: unknown): value is WirePoolAdvice {
  return isObject(value) && isObject(value['pool']) && Array.isArray(value['remedies']);
}
