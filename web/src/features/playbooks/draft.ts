// The draft keeps itself: a while after the last change it is saved, on top of what was read. When somebody else
// saved meanwhile nothing is overwritten; the person decides.
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Failure, asFailure } from '../../api/errors'
import { type Files, playbookQuery, playbooksApi } from '../../api/playbooks'
import { meQuery } from '../../api/queries'
import type { Code, Snapshot } from './code/code'

const PAUSE_MS = 1_200
const AGAIN_MS = 8_000

export type Draft =
  | { state: 'saved' }
  | { state: 'dirty' }
  | { state: 'saving' }
  | { state: 'failed'; failure: Failure }
  | { state: 'conflict'; failure: Failure }

interface Keeping {
  draft: Draft
  /** Saves at once; answers whether everything is saved. */
  flush: () => Promise<boolean>
  /** Out of a conflict: over theirs, or theirs. */
  settle: (how: 'mine' | 'theirs') => Promise<void>
  /** Other texts that are saved already, as after a draft was thrown away. */
  adopt: (files: Files, digest: string) => void
}

export function useDraft(id: string, code: Code, snapshot: Snapshot, digest: string, readOnly: boolean): Keeping {
  const queries = useQueryClient()
  const [draft, setDraft] = useState<Draft>({ state: 'saved' })
  const base = useRef<string>(digest)
  const saved = useRef(snapshot.revision)
  const busy = useRef<Promise<boolean> | null>(null)
  const stuck = useRef(false)

  const save = useCallback(async (): Promise<boolean> => {
    if (readOnly || code.snapshot().revision === saved.current) return true
    if (stuck.current) return false
    const { revision } = code.snapshot()
    setDraft({ state: 'saving' })
    try {
      const answer = await playbooksApi.save(id, { ...code.files(), base: base.current })
      base.current = answer.digest
      saved.current = revision
      setDraft({ state: code.snapshot().revision === revision ? 'saved' : 'dirty' })
      const sound = answer.diagnostics.every((finding) => finding.level !== 'error')
      // What the head says of the draft is known without asking.
      queries.setQueryData(playbookQuery(id).queryKey, (head) => head && { ...head, revision: answer.revision, draft: { author: queries.getQueryData(meQuery.queryKey)?.name ?? '', at: new Date().toISOString(), sound } })
      void queries.invalidateQueries({ queryKey: ['playbooks'] })
      return true
    } catch (error) {
      const failure = asFailure(error)
      stuck.current = failure.status === 409
      setDraft({ state: stuck.current ? 'conflict' : 'failed', failure })
      return false
    }
  }, [id, code, readOnly, queries])

  const flush = useCallback(async (): Promise<boolean> => {
    // One at a time: each save names what the one before it left.
    while (busy.current) await busy.current
    const turn = save()
    busy.current = turn
    const done = await turn
    busy.current = null
    return done && code.snapshot().revision === saved.current
  }, [save, code])

  useEffect(() => {
    if (readOnly || snapshot.revision === saved.current || stuck.current) return
    setDraft((now) => (now.state === 'saving' ? now : { state: 'dirty' }))
    const timer = setTimeout(() => void flush(), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [snapshot.revision, readOnly, flush])

  // What could not be saved is tried again without anybody asking.
  useEffect(() => {
    if (draft.state !== 'failed') return
    const timer = setTimeout(() => void flush(), AGAIN_MS)
    return () => clearTimeout(timer)
  }, [draft, flush])

  useEffect(() => {
    const unsaved = () => !readOnly && code.snapshot().revision !== saved.current
    const leaving = (event: BeforeUnloadEvent) => {
      if (unsaved()) event.preventDefault()
    }
    window.addEventListener('beforeunload', leaving)
    return () => {
      window.removeEventListener('beforeunload', leaving)
      if (unsaved() && !stuck.current) void flush()
    }
  }, [code, flush, readOnly])

  const adopt = useCallback(
    (files: Files, next: string) => {
      code.replace(files)
      base.current = next
      saved.current = code.snapshot().revision
      stuck.current = false
      setDraft({ state: 'saved' })
    },
    [code],
  )

  const settle = async (how: 'mine' | 'theirs') => {
    const theirs = await queries.fetchQuery({ ...playbookQuery(id), staleTime: 0 })
    if (how === 'theirs') return adopt({ text: theirs.text, tests: theirs.test_files }, theirs.digest)
    base.current = theirs.digest
    stuck.current = false
    await flush()
  }
  return { draft, flush, settle, adopt }
}
