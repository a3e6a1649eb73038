// The case list: live, filtered, searched, and as long as it needs to be.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { asFailure } from '../../api/errors'
import { useChanges } from '../../api/live'
import { caseCountsQuery, caseListQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useKeys } from '../../lib/keys'
import { useTitle } from '../../lib/title'
import { number } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Icon } from '../../ui/Icon'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { type Filters, isFiltered, parseFilters, toQuery, toSearch, toggle } from './filters.logic'
import { CaseTable } from './parts/CaseTable'
import { FilterBar } from './parts/FilterBar'

const SEARCH_PAUSE_MS = 250
const COUNTS_PAUSE_MS = 2_000

export default function CaseListPage() {
  const navigate = useNavigate()
  useTitle('Cases')
  const queries = useQueryClient()
  const search: Record<string, unknown> = useSearch({ strict: false })
  const filters = useMemo(() => parseFilters(search), [search])
  const options = caseListQuery(toQuery(filters))
  const list = useInfiniteQuery({ ...options, placeholderData: keepPreviousData })
  const counts = useQuery(caseCountsQuery)
  const [fresh, setFresh] = useState(false)
  const atTop = useRef(true)

  const show = (next: Filters) => void navigate({ to: paths.cases(), search: toSearch(next) as never, replace: true })
  const renew = () => {
    setFresh(false)
    // Only the first page is read again: the rest follows when somebody scrolls there.
    queries.setQueryData(options.queryKey, (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) })
    void queries.invalidateQueries({ queryKey: options.queryKey })
  }
  useChanges(
    (change) => change.kind === 'case',
    () => (atTop.current ? renew() : setFresh(true)),
    1_000,
  )
  useChanges(
    (change) => change.kind === 'case',
    () => void queries.invalidateQueries({ queryKey: caseCountsQuery.queryKey }),
    COUNTS_PAUSE_MS,
  )

  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data])
  const filtered = isFiltered(filters)
  const total = filtered ? null : (counts.data?.total ?? null)
  return (
    <div className="page page-fill">
      <header className="page-head">
        <h1>Cases</h1>
        <span className="dim" role="status">
          {total !== null ? number(total) : list.data ? `${number(rows.length)}${list.hasNextPage ? '+' : ''} found` : ''}
        </span>
        <SearchBox value={filters.q} onChange={(q) => show({ ...filters, q })} />
      </header>
      <FilterBar filters={filters} counts={counts.data} onToggle={(group, word) => show(toggle(filters, group, word))} onClear={() => show(parseFilters({}))} onOwner={(owner) => show({ ...filters, owner })} />
      {fresh && (
        <button
          type="button"
          className="fresh"
          onClick={() => {
            document.getElementById('case-rows')?.scrollTo({ top: 0 })
            renew()
          }}
        >
          <Icon name="refresh" size={13} /> Cases changed. Show the newest
        </button>
      )}
      {list.isPending ? (
        <Loading what="cases" />
      ) : list.error && rows.length === 0 ? (
        <ErrorBox what="The cases could not be loaded" error={asFailure(list.error)} retry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filtered ? (
          <Empty title="No case matches">
            <p>Take a filter away, or search for fewer or shorter words.</p>
            <Button onClick={() => show(parseFilters({}))}>Clear all filters</Button>
          </Empty>
        ) : (
          <Empty icon="sources" title="No cases yet">
            <p>
              Cases appear here as soon as a source hands in an alert. Create one under <b>Sources</b> and send it anything: an address, a log line, a mail.
            </p>
          </Empty>
        )
      ) : (
        <CaseTable
          rows={rows}
          total={total}
          dimmed={list.isPlaceholderData}
          more={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          failure={list.error ? asFailure(list.error) : null}
          onMore={() => void list.fetchNextPage()}
          onTop={(top) => {
            atTop.current = top
            if (top && fresh) renew()
          }}
          onOpen={(row) => void navigate({ to: paths.case(row.number) })}
        />
      )}
    </div>
  )
}

/** Writes to the address after a pause in typing. */
function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const latest = useRef(onChange)
  latest.current = onChange
  useEffect(() => setText((now) => (now.trim() === value ? now : value)), [value])
  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => latest.current(text.trim()), SEARCH_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, value])
  useKeys({ '/': () => input.current?.select() })
  return (
    <div className="search" role="search">
      <Icon name="search" size={15} />
      <input
        ref={input}
        type="search"
        aria-label="Search cases"
        placeholder="Search number, title, address, hash…"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') input.current?.blur()
          if (event.key === 'Enter') latest.current(text.trim())
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  )
}
