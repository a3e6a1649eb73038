// Git as the source of truth: which repository the playbooks come from, and what the last pull did.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../api/changes'
import { asFailure } from '../../api/errors'
import { playbooksApi, repositoryQuery } from '../../api/playbooks'
import type { Pull, Repository } from '../../api/playbooks.types'
import { meQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { Button } from '../../ui/Button'
import { Field } from '../../ui/Field'
import { ErrorBox, InlineError, Loading } from '../../ui/State'
import { Tag } from '../../ui/Tag'
import { Time } from '../../ui/Time'
import { toast } from '../../ui/Toasts'

export default function RepositoryPage() {
  useTitle('Playbooks from Git')
  const found = useQuery(repositoryQuery)
  const me = useQuery(meQuery).data
  const blocked = me?.permissions.includes('config_write') ? '' : 'Your role cannot change where playbooks come from.'
  return (
    <div className="page page-narrow">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.playbooks()}>Playbooks</Link>
        <span aria-hidden="true">/</span>
        <span>Git</span>
      </nav>
      <header className="page-head">
        <h1>Playbooks from Git</h1>
      </header>
      <p className="dim">A clone or a bare repository on the server’s machine. What its branch holds becomes live with each pull; the editor shows those playbooks read only.</p>
      {found.isPending ? (
        <Loading what="the repository" />
      ) : !found.data ? (
        <ErrorBox what="The repository’s settings could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
      ) : (
        <>
          <RepositoryForm key={JSON.stringify({ ...found.data, last: null })} first={found.data} blocked={blocked} />
          <LastPull pull={found.data.last} blocked={blocked || (found.data.folder ? '' : 'Save a repository first.')} />
        </>
      )}
    </div>
  )
}

function RepositoryForm({ first, blocked }: { first: Repository; blocked: string }) {
  const { folder, branch, path, signed, signers, every_minutes } = first
  const [repository, setRepository] = useState<Repository>({ folder, branch, path, signed, signers, every_minutes })
  const save = useChange({ send: (next: Repository) => playbooksApi.setRepository(next), stale: [['playbook-repository']], onDone: () => toast('good', 'Saved. Pull to read it at once.') })
  const set = (next: Partial<Repository>) => setRepository({ ...repository, ...next })
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!blocked) save.run(repository)
      }}
    >
      <Field label="Folder" required hint="An absolute path on the server’s machine">
        {(props) => <input {...props} value={repository.folder} placeholder="/srv/playbooks.git" onChange={(event) => set({ folder: event.target.value })} spellCheck={false} />}
      </Field>
      <Field label="Branch" hint="origin/main is a remote’s branch as it was fetched last">
        {(props) => <input {...props} value={repository.branch} onChange={(event) => set({ branch: event.target.value })} spellCheck={false} />}
      </Field>
      <Field label="Path" hint="The folder inside the repository that holds playbooks/; empty for its root">
        {(props) => <input {...props} value={repository.path} onChange={(event) => set({ path: event.target.value })} spellCheck={false} />}
      </Field>
      <Field label="Minutes between two pulls" hint="0 pulls on request only">
        {(props) => <input {...props} type="number" min={0} value={repository.every_minutes} onChange={(event) => set({ every_minutes: Number(event.target.value) })} />}
      </Field>
      <label className="check">
        <input type="checkbox" checked={repository.signed} onChange={(event) => set({ signed: event.target.checked })} />
        <span>
          Only signed commits
          <small>The branch’s newest commit must have a good signature.</small>
        </span>
      </label>
      {repository.signed && (
        <Field label="Signers" hint="Lines of an allowed-signers file; empty: what Git’s own configuration says">
          {(props) => <textarea {...props} rows={4} className="mono" value={repository.signers} onChange={(event) => set({ signers: event.target.value })} spellCheck={false} />}
        </Field>
      )}
      <InlineError error={save.failure} />
      <div className="form-foot">
        <Button look="main" type="submit" busy={save.busy} blocked={blocked}>
          Save
        </Button>
      </div>
    </form>
  )
}

function LastPull({ pull, blocked }: { pull: Pull | null; blocked: string }) {
  const ask = useChange({ send: () => playbooksApi.pull(), stale: [['playbook-repository'], ['playbooks']], onDone: () => toast('good', 'Pulled.') })
  const shown = ask.result ?? pull
  return (
    <section className="form" aria-label="Last pull">
      <div className="pane-bar">
        <h2>Last pull</h2>
        <span className="grow" />
        <Button icon="refresh" busy={ask.busy} blocked={blocked} onClick={() => ask.run(undefined)}>
          Pull now
        </Button>
      </div>
      <InlineError error={ask.failure} />
      {!shown?.at ? (
        <p className="dim">Nothing was pulled yet.</p>
      ) : (
        <>
          <p>
            <Time at={shown.at} /> by {shown.by} {shown.commit && <code>{shown.commit.slice(0, 12)}</code>} {shown.signed && <Tag tone="good">signed</Tag>}
          </p>
          {shown.error && <p className="tone-bad">{shown.error}</p>}
          <Lines title="Became live" lines={shown.changed.map((each) => `${each.id}, version ${each.number} (${each.file})`)} />
          <Lines title="Could not be taken" lines={shown.refused.map((each) => `${each.id} (${each.file}): ${each.reasons.join('; ')}`)} />
          <Lines title="No longer in the repository" lines={shown.removed} />
        </>
      )}
    </section>
  )
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line} className="wrap">
            {line}
          </li>
        ))}
      </ul>
    </>
  )
}
