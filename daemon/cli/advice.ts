/** `portcast advice`: what to do about the pools at risk, or about one pool, with the computed effect of each remedy. */
import { Option, type Command } from 'commander';
import { adviseOnPool, isAtRisk } from '../advice/advise.js';
import { NO_CONTEXT, PLATFORMS, type AdviceContext, type AdvicePlatform, type Owner } from '../advice/context.js';
import { adviseOnHost } from '../advice/host-advice.js';
import { PROGRAM_NAMES, type ProgramName } from '../advice/programs.js';
import { readSamples } from '../app/samples.js';
import type { Config } from '../config/config.js';
import type { PoolForecast } from '../forecast/types.js';
import { listPortSamples } from '../snapshot/port-series.js';
import { SECOND_MS } from '../units.js';
import { hostAdviceToWire, poolAdviceToWire, type WireAdvice, type WirePoolAdvice } from '../wire/advice.js';
import type { WirePools } from '../wire/pool.js';
import { formatHostAdvice, formatPoolAdvice } from './advice-text.js';
import { choosePool } from './choose-pool.js';
import { createCommandLog, EXIT, loadConfigFor, printJson, type CliContext, type CliIo } from './context.js';
import { askDaemon, type AskDaemon } from './daemon-forecast.js';
import { fetchDocument, isObject, type DaemonAddress } from './daemon-client.js';
import { addOriginOptions } from './forecast.js';
import type { HostSample, StartSource } from './one-shot.js';
import { locateDaemon } from './daemon-login.js';
import { askFirst, type OriginOptions } from './reading.js';

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
  | { readonly kind: 'host'; readonly document: WireAdvice }
  | { readonly kind: 'pool'; readonly document: WirePoolAdvice };

export function addAdvice(program: Command, context: CliContext): void {
  const command = program
    .command('advice')
    .description(
      'what to do: remedies with their computed effect, how to undo and to verify them, and what does nothing',
    )
    .option('--pool <id>', 'about this pool only; its id, or ADDRESS:PORT')
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
  const { config } = loadConfigFor(io, options.config);
  const { forecast, origin } = await askFirst(io, options, { config, ...parts });
  const advice =
    forecast === null
      ? await adviseFromHost(io, config, { options, start: parts.start })
      : await askForAdvice(io, config, { options, forecast });
  if (options.json === true) printJson(io, advice.document);
  else {
    const isDetailed = options.pool !== undefined || options.program !== undefined;
    const text =
      advice.kind === 'pool'
        ? formatPoolAdvice(advice.document, isDetailed)
        : formatHostAdvice(advice.document, isDetailed);
    io.out(`${[`${config.host.name}, ${origin}`, '', ...text].join('\n')}\n`);
  }
  return EXIT.ok;
}

async function askForAdvice(
  io: CliIo,
  config: Config,
  { options, forecast }: { options: AdviceOptions; forecast: WirePools },
): Promise<Advice> {
  const daemon: DaemonAddress = { ...locateDaemon(io, config), timeoutMs: DAEMON_TIMEOUT_MS, signal: io.signal };
  const { pool, program, platform } = options;
  const given = new URLSearchParams({ ...(program && { program }), ...(platform && { platform }) });
  const query = given.size === 0 ? '' : `?${given.toString()}`;
  if (pool === undefined) {
    return { kind: 'host', document: await fetchDocument(daemon, `/api/v1/advice${query}`, isHostAdvice) };
  }
  const { id } = choosePool(forecast.pools, pool);
  const path = `/api/v1/pools/${encodeURIComponent(id)}/advice${query}`;
  return { kind: 'pool', document: await fetchDocument(daemon, path, isPoolAdvice) };
}

async function adviseFromHost(
  io: CliIo,
  config: Config,
  { options, start }: { options: AdviceOptions } & Pick<AdviceParts, 'start'>,
): Promise<Advice> {
  const { sampleHost } = await import('./one-shot.js');
  const reading = {
    source: options.source ?? config.sampling.source,
    hostName: config.host.name,
    log: createCommandLog(io),
    signal: io.signal,
  };
  return await sampleHost(reading, await start(), async (sample, { findOwners }) => {
    const { pools, limits } = sample;
    const context = createContext(sample, options);
    const chosen = options.pool === undefined ? null : choosePool(pools, options.pool);
    const owners = await searchOwners(chosen === null ? pools.filter(isAtRisk) : [chosen], findOwners);
    if (chosen !== null) {
      const advice = adviseOnPool(chosen, limits, { ...context, owners: owners.get(chosen.id) ?? [] });
      return { kind: 'pool', document: poolAdviceToWire(advice) };
    }
    const facts = { ...sample, ...describeSample(sample) };
    const advice = adviseOnHost(facts, context, (poolId) => ({ owners: owners.get(poolId) ?? [], sinceMs: null }));
    return { kind: 'host', document: hostAdviceToWire(advice) };
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

function isHostAdvice(value: unknown): value is WireAdvice {
  return isObject(value) && Array.isArray(value['pools']) && Array.isArray(value['general']);
}

function isPoolAdvice(value: unknown): value is WirePoolAdvice {
  return isObject(value) && isObject(value['pool']) && Array.isArray(value['remedies']);
}
