// The ways that runs of a case type really took, and the decisions of people that always came out the same.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { asFailure } from '../../api/errors'
import { automateNextQuery, caseCountsQuery, pathsQuery } from '../../api/queries'
import type { AutomateNextView, PathView } from '../../api/types'
import { paths } from '../../app/paths'
import { duration } from '../../lib/time'
import { useTitle } from '../../lib/title'
import { count } from '../../lib/words'
import { Copy } from '../../ui/Copy'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { Time } from '../../ui/Time'

const DAYS = ['7', '30', '90', '365']
const percent = (share: number) => `${(share * 100).toFixed(share >= 0.0995 ? 0 : 1)} %`

export default function PathsPage() {
  const search: { type?: string; days?: string } = useSearch({ strict: false })
  const navigate = useNavigate()
  useTitle('Paths')
  const counts = useQuery(caseCountsQuery)
  const types = Object.keys(counts.data?.by_type ?? {})
  const type = search.type ?? types[0] ?? 'Enrichment'
  const days = DAYS.find((each) => each === search.days) ?? '30'
  const show = (next: { type?: string; days?: string }) => void navigate({ to: paths.paths(), search: { ...search, ...next } as never, replace: true })
  const found = useQuery(pathsQuery(type, Number(days)))
  const next = useQuery(automateNextQuery(Number(days)))
  return (
    <div className="page">
      <header className="page-head">
        <h1>Paths</h1>
        <div className="actions">
          <label>
            Case type{' '}
            <select value={type} onChange={(event) => show({ type: event.target.value })}>
              {[...new Set([type, ...types])].map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
          <label>
            Last{' '}
            <select value={days} onChange={(event) => show({ days: event.target.value })}>
              {DAYS.map((each) => (
                <option key={each} value={each}>
                  {each} days
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      <section aria-label="Ways that runs took">
        <h2>Ways that runs took</h2>
        {found.isPending ? (
          <Loading what="the paths" />
        ) : found.error ? (
          <ErrorBox what="The paths could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
        ) : found.data.paths.length === 0 ? (
          <Empty icon="branch" title="No run of this type ended in this time">
            <p>Paths are counted when runs end.</p>
          </Empty>
        ) : (
          <ol className="path-list">
            {found.data.paths.map((path) => (
              <PathCard key={path.hash} path={path} />
            ))}
          </ol>
        )}
      </section>
      <section aria-label="Automate next">
        <h2>Automate next</h2>
        {next.isPending ? (
          <Loading what="the decisions" />
        ) : next.error ? (
          <ErrorBox what="The decisions could not be loaded" error={asFailure(next.error)} retry={() => void next.refetch()} />
        ) : next.data.length === 0 ? (
          <Empty icon="tasks" title="No decision of people always came out the same">
            <p>Answers to manual, ask and approve steps are counted when they are given.</p>
          </Empty>
        ) : (
          <ol className="path-list">
            {next.data.map((each) => (
              <DecisionCard key={each.playbook + each.step + each.answer} decision={each} />
            ))}
          </ol>
        )}
      </section>
    </div>
  )
}

function PathCard({ path }: { path: PathView }) {
  return (
    <li className="path-card">
      <div className="path-head">
        <b>{percent(path.share)}</b> {count(path.count, 'run')} of {path.playbook}
        {path.rare && <span className="tag">rare</span>}
        <span className="dim">
          {path.median_ms !== null && path.median_ms !== undefined && `median ${duration(path.median_ms)}; `}last <Time at={path.last_at} />
        </span>
      </div>
      <p className="path-steps">{path.steps.join(' → ')}</p>
      {path.deviations.map((deviation) => (
        <p key={deviation.what + deviation.step + deviation.run} className="dim">
          {deviation.what} {deviation.step && <code>{deviation.step}</code>} by {deviation.by} in <Link to={paths.run(deviation.run)}>a run</Link>
        </p>
      ))}
      <p className="dim">
        {path.runs.slice(0, 5).map((run, index) => (
          <span key={run}>
            {index > 0 && ' · '}
            <Link to={paths.run(run)}>…{run.slice(-6)}</Link>
          </span>
        ))}
      </p>
    </li>
  )
}

function DecisionCard({ decision }: { decision: AutomateNextView }) {
  return (
    <li className="path-card">
      <div className="path-head">
        <b>
          {decision.same} of {decision.answered}
        </b>{' '}
        {decision.title || decision.step} in {decision.playbook}: <code>{decision.answer}</code>
        <span className="dim">
          at least {percent(decision.lower_bound)} with 95 % certainty; median {duration(decision.median_ms)} of a person
        </span>
      </div>
      {decision.suggestion && (
        <div>
          <pre className="code">{decision.suggestion}</pre>
          <Copy text={decision.suggestion} what="the suggestion" />
        </div>
      )}
      {decision.counter_examples.map((example) => (
        <p key={example.run} className="dim">
          Otherwise: <code>{example.answer}</code> by {example.by} in <Link to={paths.run(example.run)}>a run</Link>
        </p>
      ))}
    </li>
  )
}
