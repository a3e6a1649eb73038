import type { ReactNode } from 'react'

interface Tab<T extends string> {
  id: T
  label: string
  count?: number | undefined
  shortcut?: string
}

interface TabsProps<T extends string> {
  label: string
  tabs: readonly Tab<T>[]
  active: T
  onChange: (id: T) => void
  children: ReactNode
  compact?: boolean
}

/** Panels of which one is shown; arrows move between the tabs. */
export function Tabs<T extends string>({ label, tabs, active, onChange, children, compact = false }: TabsProps<T>) {
  const move = (step: number) => {
    const index = tabs.findIndex((tab) => tab.id === active)
    const next = tabs[(index + step + tabs.length) % tabs.length]
    if (!next) return
    onChange(next.id)
    document.getElementById(`tab-${next.id}`)?.focus()
  }
  return (
    <>
      <div
        role="tablist"
        aria-label={label}
        className={compact ? 'tabs tabs-compact' : 'tabs'}
        onKeyDown={(event) => {
          if (event.key === 'ArrowRight') move(1)
          else if (event.key === 'ArrowLeft') move(-1)
        }}
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`tab-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab.id === active}
            aria-controls={`panel-${tab.id}`}
            tabIndex={tab.id === active ? 0 : -1}
            onClick={() => onChange(tab.id)}
          >
            {tab.shortcut && (
              <kbd aria-hidden="true" title={`Press ${tab.shortcut}`}>
                {tab.shortcut}
              </kbd>
            )}
            {tab.label}
            {tab.count !== undefined && <span className="tab-count">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`panel-${active}`} aria-labelledby={`tab-${active}`} className="tabpanel">
        {children}
      </div>
    </>
  )
}
