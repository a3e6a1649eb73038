// Tags whose meaning is in the word and the shape, and only then in the colour.
import type { ReactNode } from 'react'
import { label } from '../lib/words'
import { Icon, type IconName } from './Icon'

export type Tone = 'bad' | 'warn' | 'good' | 'info' | 'quiet'

interface TagProps {
  tone?: Tone
  icon?: IconName
  spin?: boolean
  title?: string
  children: ReactNode
}

export function Tag({ tone = 'quiet', icon, spin, title, children }: TagProps) {
  return (
    <span className={`tag tag-${tone}`} title={title}>
      {icon && <Icon name={icon} size={13} spin={spin ?? false} />}
      <span>{children}</span>
    </span>
  )
}

const VERDICTS: Record<string, [Tone, IconName]> = {
  malicious: ['bad', 'bug'],
  suspicious: ['warn', 'alert'],
  benign: ['good', 'shield'],
  unknown: ['quiet', 'question'],
}

/** A verdict with its score. Unknown has no score: nobody measured anything. */
export function VerdictTag({ level, score, title }: { level: string; score?: number; title?: string }) {
  const [tone, icon] = VERDICTS[level] ?? ['quiet', 'question']
  return (
    <Tag tone={tone} icon={icon} {...(title ? { title } : {})}>
      {label(level)}
      {level !== 'unknown' && score !== undefined && <b className="score">{score}</b>}
    </Tag>
  )
}

export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const

/** Severity as five bars and the word. */
export function Severity({ level, bare = false }: { level: string; bare?: boolean }) {
  const rank = SEVERITIES.indexOf(level as (typeof SEVERITIES)[number])
  return (
    <span className={`severity severity-${level}`}>
      <svg width="17" height="12" viewBox="0 0 17 12" aria-hidden="true">
        {SEVERITIES.map((name, index) => (
          <rect key={name} x={index * 3.5} y={8 - index * 2} width="2.4" height={4 + index * 2} rx="0.8" opacity={index <= rank ? 1 : 0.22} />
        ))}
      </svg>
      {!bare && label(level)}
    </span>
  )
}

const STATUSES: Record<string, [Tone, IconName]> = {
  new: ['info', 'dot'],
  in_progress: ['info', 'spinner'],
  waiting: ['warn', 'clock'],
  closed: ['quiet', 'check'],
}

export function StatusTag({ status, reason }: { status: string; reason?: string | null }) {
  const [tone, icon] = STATUSES[status] ?? ['quiet', 'dot']
  return (
    <Tag tone={tone} icon={icon}>
      {label(status)}
      {reason && <span className="dim">: {label(reason).toLowerCase()}</span>}
    </Tag>
  )
}

const STATES: Record<string, [Tone, IconName]> = {
  queued: ['quiet', 'clock'],
  pending: ['quiet', 'dot'],
  running: ['info', 'spinner'],
  waiting: ['warn', 'clock'],
  succeeded: ['good', 'check'],
  failed: ['bad', 'cross'],
  cancelled: ['quiet', 'stop'],
  skipped: ['quiet', 'skip'],
  not_reached: ['quiet', 'dot'],
}

/** How a run or a step stands. */
export function StateTag({ state }: { state: string }) {
  const [tone, icon] = STATES[state] ?? ['quiet', 'dot']
  return (
    <Tag tone={tone} icon={icon} spin={state === 'running'}>
      {label(state)}
    </Tag>
  )
}

/** The same as an icon with a name for screen readers. */
export function StateIcon({ state }: { state: string }) {
  const [tone, icon] = STATES[state] ?? ['quiet', 'dot']
  return (
    <span className={`state-icon tone-${tone}`} role="img" aria-label={label(state)} title={label(state)}>
      <Icon name={icon} size={14} spin={state === 'running'} />
    </span>
  )
}

const OUTCOMES: Record<string, [Tone, IconName]> = {
  answered: ['info', 'check'],
  not_found: ['quiet', 'question'],
  failed: ['bad', 'cross'],
  skipped: ['quiet', 'skip'],
}

/** How a provider's part of a look-up ended. */
export function OutcomeTag({ outcome }: { outcome: string }) {
  const [tone, icon] = OUTCOMES[outcome] ?? ['quiet', 'dot']
  return (
    <Tag tone={tone} icon={icon}>
      {label(outcome)}
    </Tag>
  )
}
