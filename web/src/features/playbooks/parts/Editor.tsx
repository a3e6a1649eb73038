// Brings the parts of the editor together. The text is the truth; the cursor in it says which step is chosen, so
// that drawing, text and forms cannot disagree.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { playbookQuery, schemaQuery, vocabularyQuery } from '../../../api/playbooks'
import type { PlaybookDetail } from '../../../api/playbooks.types'
import { paths } from '../../../app/paths'
import { useKeys } from '../../../lib/keys'
import { useSettled } from '../../../lib/settled'
import { toast } from '../../../ui/Toasts'
import { useCheck, useTests } from '../check'
import { Code, MAIN } from '../code/code'
import type { Schema } from '../code/complete.logic'
import { type Edited, Refused } from '../doc/edits'
import { readPlaybook, stepAt, stepOfId, stepOfPointer } from '../doc/model'
import { useDraft } from '../draft'
import { CodePane } from './CodePane'
import { ConflictBar } from './ConflictBar'
import { DOCKS, Dock, type DockTab } from './Dock'
import { EditorHeader } from './EditorHeader'
import { GraphPane } from './GraphPane'
import { Splitter, useShare } from './Splitter'
import { EditorContext, type EditorParts } from './context'

/** From how many letters on a text is read when somebody pauses, not at every key. */
const LARGE = 20_000
const PAUSE_MS = 150

export function Editor({ detail, mayWrite }: { detail: PlaybookDetail; mayWrite: boolean }) {
  const { id } = detail
  const search: Record<string, string | undefined> = useSearch({ strict: false })
  const navigate = useNavigate()
  const why = detail.origin === 'git' ? 'Its text comes from the Git repository: change it there.' : mayWrite ? '' : 'Your role can look at playbooks, not change them.'
  const readOnly = why !== ''
  const [code] = useState(() => new Code({ text: detail.text, tests: detail.test_files }, readOnly))
  const snapshot = useSyncExternalStore(code.subscribe, code.snapshot)
  // Reading hundreds of steps takes longer than a key press should.
  const text = useDeferredValue(useSettled(snapshot.text, snapshot.text.length > LARGE ? PAUSE_MS : 0))
  const doc = useMemo(() => readPlaybook(text), [text])
  const vocabulary = useQuery(vocabularyQuery).data ?? null
  const schema = (useQuery(schemaQuery).data as Schema | undefined) ?? null
  code.known = { schema, vocabulary, doc }
  const head = useQuery({ ...playbookQuery(id), enabled: false }).data ?? detail
  const keeping = useDraft(id, code, snapshot, detail.digest, readOnly)
  const checking = useCheck(code, snapshot, detail.diagnostics)
  const trying = useTests(code, snapshot)
  const step = stepAt(doc, snapshot.cursor)
  const tab = DOCKS.find((each) => each === search['tab']) ?? 'step'
  const root = useRef<HTMLDivElement>(null)

  const show = useCallback(
    (next: Record<string, string | undefined>) => void navigate({ to: paths.playbook(id), search: ((before: Record<string, string>) => ({ ...before, ...next })) as never, replace: true }),
    [navigate, id],
  )
  const setTab = (next: DockTab) => show({ tab: next === 'step' ? undefined : next })

  // The address names the step: it opens there, and follows.
  useEffect(() => {
    const asked = stepOfId(doc, search['step'])
    if (asked) code.select(asked.from)
  }, [])
  useEffect(() => {
    code.choose(step ? { from: step.from, to: step.to } : null)
  }, [code, step?.from, step?.to])
  const stepId = step?.id || undefined
  useEffect(() => {
    if (search['step'] !== stepId && (stepId || snapshot.revision > 0 || snapshot.cursor > 0)) show({ step: stepId })
  }, [stepId])

  const parts: EditorParts = {
    id,
    code,
    doc,
    step,
    head,
    readOnly,
    why,
    vocabulary,
    checking,
    trying,
    keeping,
    setTab,
    run: search['run'] ?? null,
    setRun: (run) => show({ run: run ?? undefined }),
    choose: (pointer, focus = false) => {
      const found = stepOfPointer(readPlaybook(code.text()), pointer)
      if (found) code.select(found.from, focus)
    },
    edit: (change) => {
      if (readOnly) return toast('bad', why)
      try {
        const before = code.text()
        const done: Edited = change(before)
        code.open(MAIN)
        code.edit(done.text)
        const found = done.choose === null ? null : stepOfPointer(readPlaybook(done.text), done.choose)
        if (found) code.select(found.from)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        toast('bad', error.message)
      }
    },
  }
  useKeys({
    'ctrl+s': () => void keeping.flush(),
    u: () => void navigate({ to: paths.playbooks() }),
    // From outside of the panes; inside of them the editor itself hears it, also from the text.
    F6: () => cycle(root.current, 1),
  })
  const [wide, setWide] = useShare('updraft.editor.graph', 46)
  const [tall, setTall] = useShare('updraft.editor.top', 60)
  return (
    <EditorContext.Provider value={parts}>
      <div
        className="editor"
        ref={root}
        onKeyDown={(event) => {
          if (event.key !== 'F6') return
          event.preventDefault()
          cycle(root.current, event.shiftKey ? -1 : 1)
        }}
      >
        <EditorHeader />
        {keeping.draft.state === 'conflict' && <ConflictBar />}
        <div className="editor-body" style={{ gridTemplateRows: `minmax(160px, ${tall}fr) 7px minmax(140px, ${100 - tall}fr)` }}>
          <div className="editor-top" style={{ gridTemplateColumns: `minmax(220px, ${wide}fr) 7px minmax(260px, ${100 - wide}fr)` }}>
            <GraphPane />
            <Splitter label="Width of the drawing" share={wide} onShare={setWide} vertical />
            <CodePane />
          </div>
          <Splitter label="Height of the drawing and the text" share={tall} onShare={setTall} />
          <Dock tab={tab} onTab={setTab} />
        </div>
      </div>
    </EditorContext.Provider>
  )
}

const PANES = ['.graph-window', '.cm-content', '.dock [role="tab"][aria-selected="true"]']

/** F6 goes to the next of drawing, text and what is below them. */
function cycle(root: HTMLElement | null, by: 1 | -1) {
  const found = PANES.map((pane) => root?.querySelector<HTMLElement>(pane) ?? null)
  const boxes = [root?.querySelector('.graph'), root?.querySelector('.code-pane'), root?.querySelector('.dock')]
  const at = boxes.findIndex((box) => box?.contains(document.activeElement))
  const next = at < 0 ? 0 : (at + by + PANES.length) % PANES.length
  found[next]?.focus()
}
