// What the team asks for before a version of a playbook becomes live, and what an added step may do.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../api/changes'
import { asFailure } from '../../api/errors'
import { playbooksApi, policyQuery } from '../../api/playbooks'
import type { Policy } from '../../api/playbooks.types'
import { meQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { label } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Field } from '../../ui/Field'
import { ErrorBox, InlineError, Loading } from '../../ui/State'
import { toast } from '../../ui/Toasts'

const EFFECTS = ['read', 'notify', 'write', 'contain_reversible', 'irreversible']

export default function PolicyPage() {
  useTitle('Playbook policy')
  const found = useQuery(policyQuery)
  const me = useQuery(meQuery).data
  return (
    <div className="page page-narrow">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.playbooks()}>Playbooks</Link>
        <span aria-hidden="true">/</span>
        <span>Policy</span>
      </nav>
      <header className="page-head">
        <h1>Playbook policy</h1>
      </header>
      {found.isPending ? (
        <Loading what="the policy" />
      ) : !found.data ? (
        <ErrorBox what="The policy could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
      ) : (
        <PolicyForm key={JSON.stringify(found.data)} first={found.data} blocked={me?.permissions.includes('config_write') ? '' : 'Your role cannot change the policy.'} />
      )}
    </div>
  )
}

function PolicyForm({ first, blocked }: { first: Policy; blocked: string }) {
  const [policy, setPolicy] = useState(first)
  const save = useChange({ send: (next: Policy) => playbooksApi.setPolicy(next), stale: [['playbook-policy']], onDone: () => toast('good', 'The policy counts from the next activation on.') })
  const set = (next: Partial<Policy>) => setPolicy({ ...policy, ...next })
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!blocked) save.run(policy)
      }}
    >
      <h2>Before a version becomes live</h2>
      <Check on={policy.tests} onChange={(tests) => set({ tests })} title="Its tests pass" about="There are tests, and all of them pass." />
      <Field label="Branches that tests take, in percent" hint="0 asks for nothing.">
        {(props) => <input {...props} type="number" min={0} max={100} value={policy.coverage_min} onChange={(event) => set({ coverage_min: Number(event.target.value) })} />}
      </Field>
      <Check on={policy.destructive} onChange={(destructive) => set({ destructive })} title="Every step that changes something outside is tried" about="One that contains, or cannot be taken back: with an approval given, and with the same one denied." />
      <Check on={policy.second_person} onChange={(second_person) => set({ second_person })} title="A second person activates it" about="Whoever activates is none of those who wrote it." />
      <Check on={policy.backtest_days !== null} onChange={(on) => set({ backtest_days: on ? 7 : null })} title="It was backtested" about="This very text, not too long ago." />
      {policy.backtest_days !== null && (
        <Field label="Days that a backtest counts">{(props) => <input {...props} type="number" min={1} max={90} value={policy.backtest_days ?? 7} onChange={(event) => set({ backtest_days: Number(event.target.value) })} />}</Field>
      )}
      <h2>Steps that an analyst adds to a running case may</h2>
      <div className="check-list" role="group" aria-label="Effects of added steps">
        {EFFECTS.map((effect) => (
          <Check key={effect} on={policy.ad_hoc.includes(effect)} onChange={(on) => set({ ad_hoc: on ? EFFECTS.filter((each) => each === effect || policy.ad_hoc.includes(each)) : policy.ad_hoc.filter((each) => each !== effect) })} title={label(effect)} about="" />
        ))}
      </div>
      <InlineError error={save.failure} />
      <div className="form-foot">
        <Button look="main" type="submit" busy={save.busy} blocked={blocked}>
          Save policy
        </Button>
      </div>
    </form>
  )
}

function Check({ on, onChange, title, about }: { on: boolean; onChange: (on: boolean) => void; title: string; about: string }) {
  return (
    <label className="check">
      <input type="checkbox" checked={on} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {title}
        {about && <small>{about}</small>}
      </span>
    </label>
  )
}
