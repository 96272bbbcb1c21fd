/** What-if: sliders and fields, and beside them what becomes of the ports. The address keeps what is set. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Settings, Situation } from '../../../../daemon/advice/what-if.js';
import { writeIncidentQuery } from '../../../../daemon/wire/plan.js';
import { PageHead } from '../../parts/page-head.js';
import type { WireSample } from '../../../../daemon/wire/sample.js';
import { sample } from '../../state/live.js';
import { buildIncidentHref, buildPoolHref, type PageRoute } from '../../state/route.js';
import { EMPTY_DRAFT, readAddress, writeAddress, type Draft, type Source } from './draft.js';
import type { FieldKey } from './fields.js';
import { ComputedResult, StoredResult } from './result.js';
import { ask, listDefaults, type Question } from './situation.js';
import { SettingsForm } from './settings-form.js';
import { SourceChoice } from './source-choice.js';
import { useIncidentPlan } from './use-incident-plan.js';
import { usePool } from './use-pool.js';
import '../../styles/what-if.css';

/** The key makes another address another page, with its own state; typing changes the address without a new page. */
export function WhatIfPage({ route: { params } }: { route: PageRoute }) {
  const current = sample.value;
  return (
    <main class="what-if-page" data-testid="what-if-page">
      <PageHead title="What if" />
      {current === null ? (
        <p role="status">Waiting for the first sample.</p>
      ) : (
        <WhatIf key={params} params={params} current={current} />
      )}
    </main>
  );
}

function WhatIf({ params, current }: { params: string; current: WireSample }) {
  const [{ source, draft }, setState] = useState(() => readAddress(params));
  const address = writeAddress(source, draft);
  useEffect(() => keepAddress(address), [address]);
  const pool = usePool(source, current);
  const question = useMemo(() => ask(source, draft, { current, pool }), [source, draft, current, pool]);
  const isAsking = source.kind === 'incident' && question.problems.length === 0;
  const load = useIncidentPlan(isAsking ? writeIncidentQuery(source.id, question.settings) : null);
  const change = (next: Partial<{ source: Source; draft: Draft }>): void =>
    setState((before) => ({ ...before, ...next }));
  const type = (key: FieldKey, text: string | null): void =>
    setState((before) => {
      const texts = new Map(Object.entries(before.draft.texts));
      if (text === null) texts.delete(key);
      else texts.set(key, text);
      return { ...before, draft: { ...before.draft, texts: Object.fromEntries(texts) } };
    });
  const apiProblem = load.error === null ? null : readApiProblem(load.error.message);
  return (
    <>
      <div class="wi-bar">
        <SourceChoice
          source={source}
          pools={current.pools}
          onChoose={(next) => change({ source: next, draft: EMPTY_DRAFT })}
        />
        <button type="button" class="button" onClick={() => change({ draft: EMPTY_DRAFT })}>
          Reset
        </button>
        <SourceLink source={source} />
      </div>
      <div class="wi-grid">
        <SettingsForm
          kind={source.kind}
          draft={draft}
          now={source.kind === 'numbers' ? null : question.now}
          defaults={listDefaults(current)}
          problems={apiProblem === null ? question.problems : [...question.problems, apiProblem]}
          onType={type}
          onReuse={(reuse) => change({ draft: { ...draft, reuse } })}
        />
        <div class="wi-result">
          <Result source={source} question={question} load={load} isMarked={apiProblem !== null} />
        </div>
      </div>
    </>
  );
}

interface ResultProps {
  readonly source: Source;
  readonly question: Question;
  readonly load: ReturnType<typeof useIncidentPlan>;
  /** Whether the error of the daemon stands beside its field already. */
  readonly isMarked: boolean;
}

function Result({ source, question: { now, settings, problems }, load, isMarked }: ResultProps) {
  if (problems.length > 0 || isMarked) return <p class="wi-error">Correct what is marked to see the result.</p>;
  if (source.kind === 'incident') {
    if (load.error !== null)
      return (
        <p class="wi-error" role="status">
          The incident could not be replayed: {load.error.message}.
        </p>
      );
    if (load.plan === null) return <p role="status">Replaying the incident…</p>;
    return <StoredResult plan={load.plan} isLoading={load.isLoading} />;
  }
  if (now === null)
    return (
      <p role="status">
        This pool holds no port now, so there is nothing to compare. One of its incidents may be stored.
      </p>
    );
  return <Steady now={now} settings={settings} />;
}

/** Settings that mean the same are the same, so that nothing is computed again for them. */
function Steady({ now, settings }: { now: Situation; settings: Settings }) {
  const same = useMemo(() => settings, [JSON.stringify(settings)]);
  return <ComputedResult now={now} settings={same} />;
}

function SourceLink({ source }: { source: Source }) {
  if (source.kind === 'numbers') return null;
  const isPool = source.kind === 'pool';
  return (
    <a href={isPool ? buildPoolHref(source.id) : buildIncidentHref(source.id)}>
      {isPool ? 'The pool' : 'The incident'}
    </a>
  );
}

/** Without an entry in the history of the browser: a drag would leave hundreds. */
function keepAddress(address: string): void {
  const hash = `#/what-if${address === '' ? '' : `?${address}`}`;
  if (location.hash.startsWith('#/what-if') && location.hash !== hash) history.replaceState(null, '', hash);
}

/** The daemon names the parameter that makes no sense: `live is "2,000"; allowed: at most the 1,000 ports`. */
function readApiProblem(message: string) {
  const [, name, found, allowed] = /^(\w+) is "(.*)"; allowed: (.*)$/.exec(message) ?? [];
  if (name === undefined || found === undefined || allowed === undefined) return null;
  const fields = { ports: 'ports', reserved: 'reserved', timeWait: 'timeWaitMs', rate: 'rate', live: 'live' } as const;
  const more = { sources: 'sources', requests: 'requests', reuse: 'reuse' } as const;
  const known: Readonly<Record<string, keyof Settings>> = { ...fields, ...more };
  const field = known[name];
  return field === undefined ? null : { field, found, allowed };
}
