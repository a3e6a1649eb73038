// What was said on the wire: request and answer heads; bodies are downloads because strangers wrote them.
import { useState } from 'react'
import type { ExchangeView } from '../../../api/types'
import { documents } from '../../../app/paths'
import { clock, duration } from '../../../lib/time'
import { Icon } from '../../../ui/Icon'
import { Empty } from '../../../ui/State'
import { Tag } from '../../../ui/Tag'
import { failureWords, headersOf, requestOf, toneOf } from '../wire.logic'

export function Wire({ run, exchanges }: { run: string; exchanges: ExchangeView[] }) {
  if (exchanges.length === 0) {
    return (
      <Empty icon="connections" title="Nothing was sent">
        <p>This step made no request to another system, or a recent answer was used again.</p>
      </Empty>
    )
  }
  return (
    <ol className="wire">
      {exchanges.map((exchange, index) => (
        <Exchange key={`${exchange.started_at} ${index}`} run={run} exchange={exchange} startOpen={exchanges.length === 1} />
      ))}
    </ol>
  )
}

function Exchange({ run, exchange, startOpen }: { run: string; exchange: ExchangeView; startOpen: boolean }) {
  const [open, setOpen] = useState(startOpen)
  const { method, url, headers } = requestOf(exchange.request)
  const failure = failureWords(exchange.failure)
  return (
    <li className="exchange">
      <button type="button" className="exchange-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="chevron" size={13} />
        <Tag tone={toneOf(exchange.status)}>{exchange.status > 0 ? exchange.status : 'no answer'}</Tag>
        <b>{method}</b>
        <code className="clip grow" title={url}>
          {url}
        </code>
        <span className="dim num">
          {clock(exchange.started_at)} · {duration(Date.parse(exchange.ended_at) - Date.parse(exchange.started_at))}
        </span>
      </button>
      {failure && <p className="exchange-failure">{failure}</p>}
      {open && (
        <div className="exchange-body">
          <h3>Request</h3>
          <code className="exchange-url">
            {method} {url}
          </code>
          <Headers of={headers} />
          {exchange.request_body && <Body run={run} hash={exchange.request_body} name="request" />}
          <h3>Answer</h3>
          <Headers of={exchange.response_headers} />
          {exchange.response_body ? <Body run={run} hash={exchange.response_body} name="answer" /> : <p className="dim">No body.</p>}
        </div>
      )}
    </li>
  )
}

function Headers({ of }: { of: unknown }) {
  const entries = headersOf(of)
  if (entries.length === 0) return <p className="dim">No headers.</p>
  return (
    <dl className="headers">
      {entries.map(([name, value], index) => (
        <div key={`${name} ${index}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Body({ run, hash, name }: { run: string; hash: string; name: string }) {
  return (
    <a className="button button-plain" href={documents.blob(run, hash)} download={`${name}-${hash.slice(0, 12)}.bin`}>
      <Icon name="download" size={14} /> Body of the {name}
    </a>
  )
}
