// The tests beside the playbook: run, with what was not as expected, what they do not reach, and the steps that
// change something outside.
import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { asFailure } from '../../../api/errors'
import { playbooksApi } from '../../../api/playbooks'
import type { Coverage, TestLine } from '../../../api/playbooks.types'
import { useKeys } from '../../../lib/keys'
import { absolute } from '../../../lib/time'
import { count, label } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Icon } from '../../../ui/Icon'
import { InlineError } from '../../../ui/State'
import { Tag } from '../../../ui/Tag'
import { toast } from '../../../ui/Toasts'
import { MAIN } from '../code/code'
import { useRunsOf } from '../run'
import { FindingList } from './ProblemsPane'
import { useEditor } from './context'

export function TestsPane() {
  const { trying, code } = useEditor()
  useKeys({ t: trying.run })
  const { result, old, busy, failure } = trying
  const none = Object.keys(code.files().tests).length === 0
  return (
    <div className="pane">
      <div className="pane-bar">
        <Button icon="flask" look="main" busy={busy} onClick={trying.run} title="Run the tests (t)">
          Run tests
        </Button>
        <FromRun />
        {result && (
          <span role="status">
            {count(result.tests.filter((test) => test.passed).length, 'test')} of {result.tests.length} passed
            {`, ${result.coverage.percent} % of ${count(result.coverage.total, 'branch', 'branches')} taken`}
          </span>
        )}
        {old && <Tag tone="warn">The text has changed since</Tag>}
      </div>
      <InlineError error={failure} />
      {!result && (
        <p className="dim">
          {none ? 'There are no tests yet. Add a file of tests beside the text, or make one of a past run.' : 'Nothing is sent anywhere: connections answer with what the tests say.'}
        </p>
      )}
      {result && (
        <div className="tests-split">
          <ul className="tests">
            {result.tests.map((test, index) => (
              <Test key={index} test={test} />
            ))}
          </ul>
          <Reached coverage={result.coverage} />
        </div>
      )}
    </div>
  )
}

function Test({ test }: { test: TestLine }) {
  const [open, setOpen] = useState(!test.passed)
  return (
    <li className="test-line">
      <button type="button" className="finding" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={test.passed ? 'tone-good' : 'tone-bad'}>
          <Icon name={test.passed ? 'check' : 'cross'} size={14} />
          <span className="sr-only">{test.passed ? 'passed' : 'failed'}</span>
        </span>
        <span className="finding-text">{test.title || 'A file that cannot be read'}</span>
        <span className="dim">{test.state ? `${label(test.state)}, ${count(test.steps, 'step')}` : ''}</span>
        <span className="dim num">{test.file.split('/').at(-1)}</span>
      </button>
      {open && test.faults.length > 0 && <FindingList findings={test.faults} />}
      {open && test.faults.length === 0 && <p className="dim test-fine">Everything was as expected.</p>}
    </li>
  )
}

function Reached({ coverage }: { coverage: Coverage }) {
  const { code } = useEditor()
  const missed = coverage.missing
  return (
    <div className="reached">
      <h3>Ways that no test takes</h3>
      {missed.length === 0 ? (
        <p className="dim">None: every branch is taken.</p>
      ) : (
        <ul>
          {missed.map((branch, index) => (
            <li key={index}>
              <button type="button" className="finding" onClick={() => code.goTo(MAIN, branch.line, branch.column)}>
                <code>{branch.step}</code>
                <span className="finding-text clip">{branch.label}</span>
                <span className="dim num">line {branch.line}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {coverage.destructive.length > 0 && (
        <>
          <h3>Steps that change something outside</h3>
          <ul>
            {coverage.destructive.map((each) => (
              <li key={each.step} className="destructive">
                <code>{each.step}</code>
                <span className="dim clip">{label(each.effect)}</span>
                <Mark on={each.reached} text="reached" />
                <Mark on={each.approved} text="approved" />
                <Mark on={each.denied} text="denied" />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

function Mark({ on, text }: { on: boolean; text: string }) {
  return (
    <span className={on ? 'tone-good' : 'dim'}>
      <Icon name={on ? 'check' : 'minus'} size={12} /> {on ? text : `not ${text}`}
    </span>
  )
}

/** One click makes a test of what a past run did. */
function FromRun() {
  const { id, code, readOnly, why } = useEditor()
  const { runs } = useRunsOf(id)
  const over = runs.filter((run) => ['succeeded', 'failed', 'cancelled'].includes(run.state)).slice(0, 20)
  const make = useMutation({
    mutationFn: playbooksApi.testOfRun,
    onSuccess: ({ name, text }) => {
      const names = code.snapshot().names
      let free = name
      for (let n = 2; names.includes(free); n += 1) free = name.replace(/(\.yaml)?$/, `-${n}.yaml`)
      code.add(free, text)
      toast('good', `${free} holds the run as a test.`)
    },
    onError: (error) => toast('bad', asFailure(error).message, asFailure(error).hint),
  })
  return (
    <label className="select-quiet">
      <span className="sr-only">Make a test of a run</span>
      <select value="" disabled={readOnly || make.isPending} title={why || 'What the run saw and did becomes a test'} onChange={(event) => event.target.value && make.mutate(event.target.value)}>
        <option value="">{make.isPending ? 'Making a test…' : over.length === 0 ? 'No past run to make a test of' : 'Make a test of a run…'}</option>
        {over.map((run) => (
          <option key={run.id} value={run.id}>
            {run.case_number ? `#${run.case_number}` : run.id.slice(-6)} {run.state}, {absolute(run.created_at)}
          </option>
        ))}
      </select>
    </label>
  )
}
