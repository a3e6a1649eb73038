import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import { duration } from '../../../lib/time'
import { Button } from '../../../ui/Button'
import { Icon } from '../../../ui/Icon'
import { useBlocked } from '../../session'

/** Asks the product something harmless and says what came back. */
export function TestButton({ id, name }: { id: string; name: string }) {
  const blocked = useBlocked('config_write')
  const test = useChange({
    send: () => read(client.POST('/api/v1/connections/{id}/test', { params: { path: { id } } })),
    stale: [],
  })
  return (
    <div className="test">
      <Button busy={test.busy} blocked={blocked} aria-label={`Test ${name}`} onClick={() => test.run(undefined)}>
        Test
      </Button>
      <div role="status">
        {test.result && (
          <span className={test.result.ok ? 'tone-good' : 'tone-bad'}>
            <Icon name={test.result.ok ? 'check' : 'cross'} size={13} />{' '}
            {test.result.ok ? `It answers (${duration(test.result.latency_ms)})` : test.result.message}
            {!test.result.ok && test.result.hint && <span className="hint"> {test.result.hint}</span>}
          </span>
        )}
        {test.failure && <span className="tone-bad">{test.failure.message}</span>}
      </div>
    </div>
  )
}
