// What happened, newest first, and a place to add a word.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import { asFailure } from '../../../api/errors'
import { timelineQuery } from '../../../api/queries'
import type { TimelineLine } from '../../../api/types'
import { paths } from '../../../app/paths'
import { Button } from '../../../ui/Button'
import { Icon, type IconName } from '../../../ui/Icon'
import { Empty, ErrorBox, InlineError, Loading } from '../../../ui/State'
import { Time } from '../../../ui/Time'
import { useBlocked } from '../../session'

const ICONS: Record<string, IconName> = {
  alert: 'sources',
  opened: 'cases',
  run_started: 'runs',
  run_finished: 'runs',
  verdict: 'shield',
  ticket: 'ticket',
  closed: 'check',
  reopened: 'flag',
  comment: 'comment',
  escalated: 'alert',
  edited: 'user',
  report: 'audit',
  run_failed: 'alert',
  rerun: 'refresh',
}

export function TimelinePanel({ caseRef }: { caseRef: string }) {
  const timeline = useInfiniteQuery(timelineQuery(caseRef))
  if (timeline.isPending) return <Loading what="the timeline" />
  if (!timeline.data) return <ErrorBox what="The timeline could not be loaded" error={asFailure(timeline.error)} retry={() => void timeline.refetch()} />
  const lines = timeline.data.pages.flatMap((page) => page.items)
  return (
    <div className="timeline-panel">
      <CommentForm caseRef={caseRef} />
      {lines.length === 0 ? (
        <Empty icon="clock" title="Nothing has happened yet" />
      ) : (
        <ol className="timeline">
          {lines.map((line, index) => (
            <Line key={`${line.at} ${index}`} line={line} />
          ))}
        </ol>
      )}
      {timeline.hasNextPage && (
        <Button busy={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  )
}

function Line({ line }: { line: TimelineLine }) {
  const run = field(line.data, 'run')
  return (
    <li className={`line line-${line.kind}`}>
      <span className="line-icon">
        <Icon name={ICONS[line.kind] ?? 'dot'} size={14} />
      </span>
      <div className="line-body">
        <p className={line.kind === 'comment' ? 'comment-text' : undefined}>{line.text}</p>
        <p className="dim line-meta">
          {line.actor} · <Time at={line.at} />
          {run && (
            <>
              {' · '}
              <Link to={paths.run(run)}>Run</Link>
            </>
          )}
        </p>
      </div>
    </li>
  )
}

function field(data: unknown, name: string): string | null {
  if (typeof data !== 'object' || data === null) return null
  const value = (data as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : null
}

function CommentForm({ caseRef }: { caseRef: string }) {
  const blocked = useBlocked('case_write')
  const [text, setText] = useState('')
  const comment = useChange({
    send: (body: { text: string }) => read(client.POST('/api/v1/cases/{id}/comments', { params: { path: { id: caseRef } }, body })),
    stale: [['case', caseRef]],
    onDone: () => setText(''),
  })
  const send = (event?: FormEvent) => {
    event?.preventDefault()
    if (text.trim() && !comment.busy && !blocked) comment.run({ text: text.trim() })
  }
  return (
    <form className="comment-form" onSubmit={send}>
      <label htmlFor="comment" className="sr-only">
        Comment
      </label>
      <textarea
        id="comment"
        rows={2}
        placeholder={blocked || 'Add a comment. Ctrl+Enter sends it.'}
        readOnly={Boolean(blocked)}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
        }}
      />
      <InlineError error={comment.failure} />
      <div className="form-foot">
        <Button look="main" icon="comment" type="submit" busy={comment.busy} blocked={blocked || (!text.trim() && 'Write something first')}>
          Comment
        </Button>
      </div>
    </form>
  )
}
