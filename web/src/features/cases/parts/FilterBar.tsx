// Filter chips with counts, one group beside the other.
import type { CaseCounts } from '../../../api/types'
import { label, number } from '../../../lib/words'
import { Icon } from '../../../ui/Icon'
import { useMe } from '../../session'
import { type Filters, GROUPS, type Group, choices, isFiltered } from '../filters.logic'

interface FilterBarProps {
  filters: Filters
  counts: CaseCounts | undefined
  onToggle: (group: Group, word: string) => void
  onOwner: (owner: string) => void
  onClear: () => void
}

export function FilterBar({ filters, counts, onToggle, onOwner, onClear }: FilterBarProps) {
  const me = useMe()
  return (
    <div className="filters" role="group" aria-label="Filters">
      {GROUPS.map((group) => {
        const words = choices(group.id, filters, counts)
        if (words.length === 0) return null
        return (
          <div key={group.id} className="filter-group" role="group" aria-label={group.label}>
            <span className="filter-label">{group.label}</span>
            {words.map(({ word, count }) => (
              <button
                key={word}
                type="button"
                className={`chip chip-${group.id}-${word} ${count === 0 ? 'chip-none' : ''}`}
                aria-pressed={filters[group.id].includes(word)}
                onClick={() => onToggle(group.id, word)}
              >
                {label(word)}
                {count !== null && <span className="chip-count">{number(count)}</span>}
              </button>
            ))}
          </div>
        )
      })}
      <div className="filter-group">
        {me && (
          <button type="button" className="chip" aria-pressed={filters.owner === me.name} onClick={() => onOwner(filters.owner === me.name ? '' : me.name)}>
            <Icon name="user" size={12} /> Mine
          </button>
        )}
        {isFiltered(filters) && (
          <button type="button" className="chip chip-clear" onClick={onClear}>
            <Icon name="cross" size={11} /> Clear
          </button>
        )}
      </div>
    </div>
  )
}
