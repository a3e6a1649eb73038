import { createContext, useContext } from 'react'

/** Puts a reference where somebody wrote last: a field of the form, or the text. */
export type Inserter = (ref: string) => void

export const InsertContext = createContext<{ current: Inserter | null }>({ current: null })

export const useInserter = () => useContext(InsertContext)
