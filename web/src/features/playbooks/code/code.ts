// The files of a playbook while somebody edits them: the text is the truth, the graph and the forms change it too.
//
// One text editor shows one file at a time; each file has its own history, so undo takes back what was done to it
// whether by typing, on the graph or in a form.
import { redo, redoDepth, undo, undoDepth } from '@codemirror/commands'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { EditorState, type Text, Transaction, type TransactionSpec } from '@codemirror/state'
import { EditorView, type ViewUpdate } from '@codemirror/view'
import type { Files } from '../../../api/playbooks'
import type { Finding } from '../../../api/playbooks.types'
import { difference } from '../doc/yaml'
import { type Known, spotAt } from './complete.logic'
import { chooseLines, coverLines, extensions } from './setup'

export const MAIN = 'playbook.yaml'

export interface Snapshot {
  /** Counts every change of a text. */
  revision: number
  active: string
  names: string[]
  /** The playbook's text and where the cursor is in it. */
  text: string
  cursor: number
  canUndo: boolean
  canRedo: boolean
}

export class Code {
  /** What completion and explanations stand on. */
  known: Known | null = null
  /** Called when the text editor gets the focus. */
  onFocus: (() => void) | null = null
  private states = new Map<string, EditorState>()
  private view: EditorView | null = null
  private active = MAIN
  private revision = 0
  private watchers = new Set<() => void>()
  private now: Snapshot
  private readonly readOnly: boolean

  constructor(files: Files, readOnly: boolean) {
    this.readOnly = readOnly
    this.fill(files)
    this.now = this.picture()
  }

  subscribe = (watcher: () => void) => {
    this.watchers.add(watcher)
    return () => {
      this.watchers.delete(watcher)
    }
  }

  snapshot = () => this.now

  /** Shows the active file below a node; the returned function takes it away. */
  attach(parent: HTMLElement): () => void {
    const view = new EditorView({ state: this.state(this.active), parent })
    this.view = view
    return () => {
      this.states.set(this.active, view.state)
      this.view = null
      view.destroy()
    }
  }

  text(file = MAIN): string {
    return this.state(file).doc.toString()
  }

  files(): Files {
    const tests: Record<string, string> = {}
    for (const name of this.names()) if (name !== MAIN) tests[name] = this.text(name)
    return { text: this.text(), tests }
  }

  open(file: string) {
    if (file === this.active || !this.states.has(file)) return
    if (this.view) {
      this.states.set(this.active, this.view.state)
      this.view.setState(this.state(file))
    }
    this.active = file
    this.tell()
  }

  /** Changes a file to a text, by the smallest change that does it. */
  edit(text: string, file = MAIN) {
    const change = difference(this.text(file), text)
    if (!change) return
    this.apply(file, { changes: change, userEvent: 'input.form', annotations: Transaction.addToHistory.of(true) })
  }

  /** Puts a reference where the cursor is: bare in an expression, in braces anywhere else. */
  insertReference(ref: string) {
    const state = this.state(this.active)
    const { kind } = spotAt(state.doc.toString(), state.selection.main.from)
    this.apply(this.active, state.replaceSelection(kind === 'expression' ? ref : `{{ ${ref} }}`))
    this.view?.focus()
  }

  undo() {
    this.command(undo)
  }

  redo() {
    this.command(redo)
  }

  /** Puts the cursor into the playbook's text and brings it to sight. */
  select(offset: number, focus = false) {
    this.open(MAIN)
    this.place(offset, focus)
  }

  /** The same by line and column, from 1. */
  goTo(file: string, line: number, column: number) {
    const name = this.states.has(file) ? file : (this.names().find((each) => file.endsWith(`/${each}`)) ?? MAIN)
    this.open(name)
    const { doc } = this.state(name)
    this.place(offsetOf(doc, line, column), true)
  }

  focus() {
    this.view?.focus()
  }

  choose(range: { from: number; to: number } | null) {
    this.apply(MAIN, { effects: chooseLines.of(range), annotations: Transaction.addToHistory.of(false) })
  }

  cover(lines: ReadonlyMap<number, { taken: boolean; text: string }>) {
    this.apply(MAIN, { effects: coverLines.of(lines), annotations: Transaction.addToHistory.of(false) })
  }

  /** Underlines what is wrong, each finding in its file. */
  mark(findings: readonly Finding[]) {
    for (const name of this.names()) {
      const mine = findings.filter((finding) => fileOf(finding.file) === name)
      const { doc } = this.state(name)
      this.apply(name, setDiagnostics(this.state(name), mine.map((finding) => diagnosticOf(doc, finding))))
    }
  }

  add(name: string, text: string) {
    this.states.set(name, this.fresh(name, text))
    this.revision += 1
    this.open(name)
    this.tell()
  }

  remove(name: string) {
    if (name === MAIN || !this.states.has(name)) return
    if (this.active === name) this.open(MAIN)
    this.states.delete(name)
    this.revision += 1
    this.tell()
  }

  rename(name: string, next: string) {
    if (this.states.has(next) || name === MAIN) return
    const text = this.text(name)
    this.remove(name)
    this.add(next, text)
  }

  /** Other texts altogether: what somebody else saved, or an old version. */
  replace(files: Files) {
    for (const name of this.names()) if (name !== MAIN && !(name in files.tests)) this.remove(name)
    this.edit(files.text)
    for (const [name, text] of Object.entries(files.tests)) {
      if (this.states.has(name)) this.edit(text, name)
      else this.states.set(name, this.fresh(name, text))
    }
    this.revision += 1
    this.tell()
  }

  private fill(files: Files) {
    this.states.set(MAIN, this.fresh(MAIN, files.text))
    for (const [name, text] of Object.entries(files.tests)) this.states.set(name, this.fresh(name, text))
  }

  private fresh(name: string, doc: string): EditorState {
    const label = name === MAIN ? 'Playbook as YAML' : `Tests in ${name}`
    const known = () => (name === MAIN ? this.known : null)
    return EditorState.create({ doc, extensions: [...extensions({ label, known, readOnly: this.readOnly }), EditorView.updateListener.of((update) => this.seen(update))] })
  }

  private names(): string[] {
    return [MAIN, ...[...this.states.keys()].filter((name) => name !== MAIN).sort()]
  }

  private state(file: string): EditorState {
    if (this.view && file === this.active) return this.view.state
    return this.states.get(file) ?? EditorState.create()
  }

  private apply(file: string, spec: TransactionSpec) {
    if (this.view && file === this.active) return this.view.dispatch(spec)
    const before = this.state(file)
    const transaction = before.update(spec)
    this.states.set(file, transaction.state)
    if (transaction.docChanged) {
      this.revision += 1
      this.tell()
    }
  }

  private command(run: (target: { state: EditorState; dispatch: (transaction: Transaction) => void }) => boolean) {
    run({
      state: this.state(this.active),
      dispatch: (transaction) => {
        if (this.view) this.view.dispatch(transaction)
        else {
          this.states.set(this.active, transaction.state)
          this.revision += 1
          this.tell()
        }
      },
    })
  }

  private place(offset: number, focus: boolean) {
    const state = this.state(this.active)
    const at = Math.max(0, Math.min(offset, state.doc.length))
    const spec = { selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'nearest', yMargin: 60 }) }
    if (this.view) this.view.dispatch(spec)
    else {
      this.states.set(this.active, state.update({ selection: { anchor: at } }).state)
      this.tell()
    }
    if (focus) this.view?.focus()
  }

  private seen(update: ViewUpdate) {
    if (update.docChanged) this.revision += 1
    if (update.focusChanged && update.view.hasFocus) this.onFocus?.()
    if (update.docChanged || update.selectionSet) this.tell()
  }

  private picture(): Snapshot {
    const main = this.state(MAIN)
    const active = this.state(this.active)
    const before = this.now as Snapshot | undefined
    const same = before && before.revision === this.revision
    return {
      revision: this.revision,
      active: this.active,
      names: this.names(),
      text: same ? before.text : main.doc.toString(),
      cursor: main.selection.main.head,
      canUndo: undoDepth(active) > 0,
      canRedo: redoDepth(active) > 0,
    }
  }

  private tell() {
    this.now = this.picture()
    for (const watcher of this.watchers) watcher()
  }
}

/** `tests/verdicts.yaml` → `verdicts.yaml`: as the files are kept. */
export function fileOf(path: string): string {
  return path.split('/').at(-1) ?? path
}

export function offsetOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.max(1, Math.min(line, doc.lines)))
  // Columns count characters, offsets count UTF-16 units.
  const before = [...found.text].slice(0, Math.max(0, column - 1)).join('')
  return Math.min(found.to, found.from + before.length)
}

function diagnosticOf(doc: Text, finding: Finding): Diagnostic {
  const from = offsetOf(doc, finding.line, finding.column)
  const line = doc.lineAt(from)
  const end = finding.end_line && finding.end_column ? offsetOf(doc, finding.end_line, finding.end_column) : from + (/^[\w.-]+|^\S/.exec(line.text.slice(from - line.from))?.[0].length ?? 1)
  return { from, to: Math.min(doc.length, Math.max(end, from)), severity: finding.level, source: finding.code, message: finding.hint ? `${finding.message}\n${finding.hint}` : finding.message }
}
