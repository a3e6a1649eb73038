import { useState } from 'react'
import { Button } from '../../../ui/Button'
import { Icon } from '../../../ui/Icon'
import { useEditor } from './context'

/** Somebody else saved meanwhile: nothing is lost until the person says what counts. */
export function ConflictBar() {
  const { keeping } = useEditor()
  const [busy, setBusy] = useState(false)
  if (keeping.draft.state !== 'conflict') return null
  const { failure } = keeping.draft
  const settle = (how: 'mine' | 'theirs') => {
    setBusy(true)
    void keeping.settle(how).finally(() => setBusy(false))
  }
  return (
    <div className="banner" role="alert">
      <Icon name="alert" />
      <span>
        {failure.message} {failure.hint}
      </span>
      <Button busy={busy} onClick={() => settle('theirs')} title="What you changed since your last save is dropped; Undo brings it back">
        Take theirs
      </Button>
      <Button busy={busy} onClick={() => settle('mine')} title="What they saved is replaced by what you see">
        Keep mine
      </Button>
    </div>
  )
}
