// What the parts of the editor share.
import { createContext, useContext } from 'react'
import type { PlaybookDetail, PlaybookLine, Vocabulary } from '../../../api/playbooks.types'
import type { Checking, Trying } from '../check'
import type { Code } from '../code/code'
import type { Edited } from '../doc/edits'
import type { DocStep, PlaybookDoc } from '../doc/model'
import type { useDraft } from '../draft'
import type { DockTab } from './Dock'

export interface EditorParts {
  id: string
  code: Code
  doc: PlaybookDoc
  step: DocStep | null
  /** As the server knows it: what is live, the newest version, the draft. */
  head: PlaybookLine | PlaybookDetail
  readOnly: boolean
  /** Why it cannot be changed; empty if it can. */
  why: string
  vocabulary: Vocabulary | null
  checking: Checking
  trying: Trying
  keeping: ReturnType<typeof useDraft>
  setTab: (tab: DockTab) => void
  /** The past run whose values are shown. */
  run: string | null
  setRun: (run: string | null) => void
  /** Chooses a step by its pointer. */
  choose: (pointer: string, focus?: boolean) => void
  /** Changes the text; what cannot be done says so. */
  edit: (change: (text: string) => Edited) => void
}

export const EditorContext = createContext<EditorParts | null>(null)

export function useEditor(): EditorParts {
  const parts = useContext(EditorContext)
  if (!parts) throw new Error('a part of the editor stands outside of it')
  return parts
}
