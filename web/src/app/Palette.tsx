// Jump to a page or a case by a few letters.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { client, read } from '../api/client'
import { Dialog } from '../ui/Dialog'
import { Icon, type IconName } from '../ui/Icon'
import { VerdictTag } from '../ui/Tag'
import { paths } from './paths'

interface PaletteProps {
  nav: { name: string; icon: IconName; to: string }[]
  onClose: () => void
}

const CASES_SHOWN = 8

export function Palette({ nav, onClose }: PaletteProps) {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const words = useDeferredValue(text.trim())
  const cases = useQuery({
    queryKey: ['palette', words],
    queryFn: ({ signal }) => read(client.GET('/api/v1/cases', { signal, params: { query: { q: words, limit: CASES_SHOWN } } })),
    enabled: words.length > 0,
    placeholderData: keepPreviousData,
  })
  const pages = nav.filter((item) => item.name.toLowerCase().includes(words.toLowerCase()))
  const found = words ? (cases.data?.items ?? []) : []
  const options = [
    ...pages.map((page) => ({ id: page.name, to: page.to, icon: page.icon, text: page.name, verdict: null })),
    ...found.map((item) => ({ id: item.id, to: paths.case(item.number), icon: 'cases' as const, text: `#${item.number} ${item.title}`, verdict: item.verdict })),
  ]
  const chosen = Math.min(at, options.length - 1)
  const go = (to: string) => {
    onClose()
    void navigate({ href: to })
  }
  return (
    <Dialog title="Go to" onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={options[chosen] ? `palette-${chosen}` : undefined}
        aria-label="Page or case"
        placeholder="A page, a case number, an address, a hash…"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          const option = options[chosen]
          if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, options.length - 1))
          else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
          else if (event.key === 'Enter' && option) go(option.to)
          else return
          event.preventDefault()
        }}
      />
      <ul id="palette-list" role="listbox" aria-label="Matches" className="palette">
        {options.map((option, index) => (
          <li key={option.id} id={`palette-${index}`} role="option" aria-selected={index === chosen} onClick={() => go(option.to)} onMouseMove={() => setAt(index)}>
            <Icon name={option.icon} />
            <span>{option.text}</span>
            {option.verdict && <VerdictTag level={option.verdict} />}
          </li>
        ))}
        {options.length === 0 && <li className="dim">{cases.isFetching ? 'Searching…' : 'Nothing found.'}</li>}
      </ul>
    </Dialog>
  )
}
