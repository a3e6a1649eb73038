// How the text editor looks and behaves. Colours are those of the page, so that it follows the theme.
import { type CompletionContext, type CompletionResult, acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension, RangeSet, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, GutterMarker, drawSelection, gutter, highlightActiveLine, highlightSpecialChars, hoverTooltip, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { type Known, aboutWord, offersAt } from './complete.logic'

const theme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--panel)', color: 'var(--text)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', paddingBottom: '40vh' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--faint)', border: 'none', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--hover)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused .cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'light-dark(#bcd9fb, #234a78)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--info-bg)' },
  '.cm-step': { backgroundColor: 'color-mix(in srgb, var(--chosen) 75%, transparent)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line-strong)', borderRadius: '6px', boxShadow: 'var(--shadow-high)' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--chosen)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--dim)', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-about': { padding: '7px 11px', maxWidth: '460px', whiteSpace: 'pre-wrap', font: '13px/1.5 var(--font)' },
  '.cm-about b': { fontFamily: 'var(--mono)', display: 'block', marginBottom: '3px' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-panels input': { minHeight: '26px', width: 'auto' },
  '.cm-panels button': { backgroundImage: 'none', backgroundColor: 'var(--panel)', border: '1px solid var(--line-strong)', borderRadius: '4px' },
  '.cm-diagnostic': { fontFamily: 'var(--font)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad-solid)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn-solid)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad-solid) 1.3px', textUnderlineOffset: '3px' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--warn-solid) 1.3px', textUnderlineOffset: '3px' },
  '.cm-coverage': { width: '5px' },
  '.cm-coverage .cm-gutterElement': { padding: '0' },
  '.cm-taken, .cm-missed': { display: 'block', width: '4px', height: '100%' },
  '.cm-taken': { backgroundColor: 'var(--good-solid)' },
  '.cm-missed': { backgroundColor: 'var(--warn-solid)', backgroundImage: 'repeating-linear-gradient(var(--warn-solid) 0 3px, var(--sunken) 3px 6px)' },
  '.cm-foldGutter span': { color: 'var(--faint)' },
})

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--info)' },
  { tag: [tags.string, tags.special(tags.string), tags.attributeValue], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--warn)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--dim)' },
])

/** The lines of the chosen step. */
export const chooseLines = StateEffect.define<{ from: number; to: number } | null>()

const chosenLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, transaction) {
    let now = lines.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(chooseLines)) continue
      if (!effect.value) now = Decoration.none
      else {
        const { doc } = transaction.state
        const first = doc.lineAt(Math.min(effect.value.from, doc.length)).number
        const last = doc.lineAt(Math.min(effect.value.to, doc.length)).number
        const mark = Decoration.line({ class: 'cm-step' })
        now = Decoration.set(Array.from({ length: last - first + 1 }, (_, index) => mark.range(doc.line(first + index).from)))
      }
    }
    return now
  },
  provide: (field) => EditorView.decorations.from(field),
})

/** Lines, from 1, where a branch begins, and whether a test takes it. */
export const coverLines = StateEffect.define<ReadonlyMap<number, { taken: boolean; text: string }>>()

class CoverMarker extends GutterMarker {
  private readonly taken: boolean
  private readonly text: string

  constructor(taken: boolean, text: string) {
    super()
    this.taken = taken
    this.text = text
  }

  override toDOM() {
    const node = document.createElement('span')
    node.className = this.taken ? 'cm-taken' : 'cm-missed'
    node.title = this.text
    return node
  }
}

const coverage = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(marks, transaction) {
    let now = marks.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(coverLines)) continue
      const { doc } = transaction.state
      const lines = [...effect.value].filter(([line]) => line >= 1 && line <= doc.lines).sort(([a], [b]) => a - b)
      now = RangeSet.of(lines.map(([line, { taken, text }]) => new CoverMarker(taken, text).range(doc.line(line).from)))
    }
    return now
  },
})

/** Completion and explanations from what is known at the moment; nothing for files of tests. */
function knowing(known: () => Known | null): Extension {
  const complete = (context: CompletionContext): CompletionResult | null => {
    const now = known()
    if (!now) return null
    const found = offersAt(context.state.doc.toString(), context.pos, now)
    if (!found || found.offers.length === 0) return null
    const before = context.matchBefore(/[\w.]*$/)
    // In the middle of nothing only whoever asks gets an answer.
    if (!context.explicit && found.length === 0 && !/[.|:\s]$/.test(context.state.sliceDoc(context.pos - 1, context.pos))) return null
    if (!context.explicit && found.length === 0 && before?.from === context.pos && context.state.doc.lineAt(context.pos).text.trim() === '') return null
    return { from: context.pos - found.length, options: found.offers.map((offer) => ({ ...offer })), validFor: /^[\w.-]*$/ }
  }
  const hover = hoverTooltip((view, pos) => {
    const now = known()
    const about = now && aboutWord(view.state.doc.toString(), pos, now)
    if (!about) return null
    return {
      pos: about.from,
      end: about.to,
      above: true,
      create: () => {
        const dom = document.createElement('div')
        dom.className = 'cm-about'
        const title = document.createElement('b')
        title.textContent = about.title
        dom.append(title, about.text)
        return { dom }
      },
    }
  })
  return [autocompletion({ override: [complete], activateOnTyping: true, icons: false }), hover]
}

interface Setup {
  label: string
  known: () => Known | null
  readOnly: boolean
}

export function extensions({ label, known, readOnly }: Setup): Extension[] {
  return [
    gutter({ class: 'cm-coverage', markers: (view) => view.state.field(coverage), initialSpacer: () => new CoverMarker(true, '') }),
    lintGutter(),
    lineNumbers(),
    foldGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    indentUnit.of('  '),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    yaml(),
    syntaxHighlighting(colours),
    theme,
    chosenLines,
    coverage,
    knowing(known),
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
    // Tab leaves the editor and Ctrl Enter activates, as everywhere on the page; Ctrl ] and Ctrl [ indent.
    keymap.of([{ key: 'Tab', run: acceptCompletion }, ...closeBracketsKeymap, ...defaultKeymap.filter((each) => each.key !== 'Mod-Enter'), ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
  ]
}
