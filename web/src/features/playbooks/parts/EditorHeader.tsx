// What the playbook is, whether everything is saved, and the way from a draft to what runs.
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { playbookQuery, playbooksApi } from '../../../api/playbooks'
import { documents, paths } from '../../../app/paths'
import { useKeys } from '../../../lib/keys'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Icon } from '../../../ui/Icon'
import { InlineError } from '../../../ui/State'
import { Tag } from '../../../ui/Tag'
import { toast } from '../../../ui/Toasts'
import { tagsOf } from '../list.logic'
import { ActivateDialog, VersionDialog } from './Activate'
import { useEditor } from './context'

type Open = 'version' | 'activate' | 'discard' | 'off' | 'away' | null

export function EditorHeader() {
  const { id, doc, head, why, checking } = useEditor()
  const [open, setOpen] = useState<Open>(null)
  const errors = checking.findings.filter((finding) => finding.level === 'error').length
  const blockedVersion = why || (errors > 0 && head.draft ? `The text has ${errors} ${errors === 1 ? 'error' : 'errors'}.` : '')
  useKeys({
    v: () => blockedVersion === '' && setOpen('version'),
    'ctrl+enter': () => why === '' && setOpen('activate'),
  })
  return (
    <header className="editor-head">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.playbooks()}>Playbooks</Link>
        <span aria-hidden="true">/</span>
      </nav>
      <h1 className="clip" title={head.description}>
        {doc.title || head.title || id}
      </h1>
      <span className="tag-stack">
        {tagsOf(head).map((tag) => (
          <Tag key={tag.text} tone={tag.tone} title={tag.title}>
            {tag.text}
          </Tag>
        ))}
      </span>
      <SaveState />
      <span className="grow" />
      <a className="button button-plain" href={documents.playbookExport(id, 'yaml', head.draft ? 'draft' : head.live !== null ? 'live' : head.shipped ? 'shipped' : String(head.newest))} download={`${id}.yaml`} title="Download the text">
        <Icon name="download" size={14} /> <span className="wide-only">Export</span>
      </a>
      <More onOpen={setOpen} />
      <Button icon="flag" blocked={blockedVersion} title="Keep this text as a version (v)" onClick={() => setOpen('version')}>
        Version
      </Button>
      <Button look="main" icon="runs" blocked={why} title="Let new runs take it (Ctrl Enter)" onClick={() => setOpen('activate')}>
        Activate
      </Button>
      {open === 'version' && <VersionDialog onClose={() => setOpen(null)} />}
      {open === 'activate' && <ActivateDialog number={null} onClose={() => setOpen(null)} />}
      {open === 'discard' && <DiscardDialog onClose={() => setOpen(null)} />}
      {open === 'off' && <OffDialog onClose={() => setOpen(null)} />}
      {open === 'away' && <AwayDialog onClose={() => setOpen(null)} />}
    </header>
  )
}

function More({ onOpen }: { onOpen: (open: Open) => void }) {
  const { why, head } = useEditor()
  const items: { id: Open; label: string; off: string }[] = [
    { id: 'discard', label: 'Throw the draft away', off: why || (head.draft ? '' : 'There is no draft.') },
    { id: 'off', label: 'Take out of service', off: why || (head.live === null ? 'No version of the team is live.' : '') },
    { id: 'away', label: 'Put away', off: why || (head.newest === 0 && !head.draft ? 'There is nothing of the team to put away.' : '') },
  ]
  return (
    <details
      className="menu menu-down"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.open = false
      }}
    >
      <summary className="button button-plain" aria-label="More">
        <Icon name="more" size={14} />
      </summary>
      <div className="menu-body">
        {items.map((item) => (
          <button
            key={item.id}
            type="button"
            className="menu-item"
            aria-disabled={item.off !== '' || undefined}
            title={item.off}
            onClick={(event) => {
              if (item.off) return
              const menu = event.currentTarget.closest('details')
              if (menu) menu.open = false
              onOpen(item.id)
            }}
          >
            {item.label}
          </button>
        ))}
      </div>
    </details>
  )
}

function SaveState() {
  const { keeping, why } = useEditor()
  const { draft } = keeping
  if (why) {
    return (
      <span className="save-state dim" title={why}>
        <Icon name="lock" size={13} /> Read only
      </span>
    )
  }
  const words = { saved: 'Saved', dirty: 'Not saved yet', saving: 'Saving…', failed: 'Not saved', conflict: 'Not saved' }[draft.state]
  const bad = draft.state === 'failed' || draft.state === 'conflict'
  return (
    <span className={`save-state ${bad ? 'tone-bad' : 'dim'}`} role="status" title={'failure' in draft ? `${draft.failure.message} ${draft.failure.hint}` : 'The draft saves itself'}>
      <Icon name={draft.state === 'saved' ? 'check' : draft.state === 'saving' ? 'spinner' : bad ? 'alert' : 'dot'} size={13} spin={draft.state === 'saving'} /> {words}
      {draft.state === 'failed' && (
        <button type="button" className="link" onClick={() => void keeping.flush()}>
          Try again
        </button>
      )}
    </span>
  )
}

function DiscardDialog({ onClose }: { onClose: () => void }) {
  const { id, keeping } = useEditor()
  const queries = useQueryClient()
  const discard = useChange({
    send: async () => {
      await keeping.flush()
      await playbooksApi.discard(id)
      return queries.fetchQuery({ ...playbookQuery(id), staleTime: 0 })
    },
    stale: [['playbooks']],
    onDone: (head) => {
      keeping.adopt({ text: head.text, tests: head.test_files }, head.digest)
      toast('good', 'The draft is gone. Undo brings the text back into the editor.')
      onClose()
    },
  })
  return (
    <Dialog title="Throw the draft away" onClose={onClose}>
      <p>What was changed since the last version is dropped. Versions and what is live stay as they are.</p>
      <InlineError error={discard.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={discard.busy} onClick={() => discard.run(undefined)}>
          Throw away
        </Button>
      </div>
    </Dialog>
  )
}

function OffDialog({ onClose }: { onClose: () => void }) {
  const { id } = useEditor()
  const off = useChange({
    send: () => playbooksApi.deactivate(id, ''),
    stale: [['playbooks'], ['playbook', id]],
    onDone: () => {
      toast('good', 'No new run takes a version of the team.')
      onClose()
    },
  })
  return (
    <Dialog title="Take out of service" onClose={onClose}>
      <p>New runs take the one that ships with Updraft, or none. Runs under way keep their version and go on.</p>
      <InlineError error={off.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Leave it</Button>
        <Button look="danger" busy={off.busy} onClick={() => off.run(undefined)}>
          Take out of service
        </Button>
      </div>
    </Dialog>
  )
}

function AwayDialog({ onClose }: { onClose: () => void }) {
  const { id } = useEditor()
  const navigate = useNavigate()
  const away = useChange({
    send: () => playbooksApi.archive(id, true),
    stale: [['playbooks'], ['playbook', id]],
    onDone: () => {
      toast('good', 'The playbook is put away.')
      void navigate({ to: paths.playbooks() })
    },
  })
  return (
    <Dialog title="Put the playbook away" onClose={onClose}>
      <p>It leaves the list and no run takes it any more. Its versions and its history are kept.</p>
      <InlineError error={away.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Leave it</Button>
        <Button look="danger" busy={away.busy} onClick={() => away.run(undefined)}>
          Put away
        </Button>
      </div>
    </Dialog>
  )
}
