// The versions of a playbook: who made them and why, which is live, what differs, and the way back.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asFailure } from '../../../api/errors'
import { activationsQuery, playbooksApi, versionsQuery } from '../../../api/playbooks'
import type { VersionLine } from '../../../api/playbooks.types'
import { Button } from '../../../ui/Button'
import { Empty, ErrorBox, Loading } from '../../../ui/State'
import { Tag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'
import { toast } from '../../../ui/Toasts'
import { ActivateDialog } from './Activate'
import { DiffView } from './DiffView'
import { useEditor } from './context'

export function VersionsPane() {
  const { id, head, code, readOnly, why } = useEditor()
  const versions = useQuery(versionsQuery(id))
  const [activating, setActivating] = useState<number | null>(null)
  const [sides, setSides] = useState<[string, string] | null>(null)
  const load = async (version: VersionLine) => {
    try {
      const { text, tests } = await playbooksApi.versionText(id, version.number)
      code.replace({ text, tests })
      toast('good', `The draft has the text of version ${version.number}. Undo brings yours back.`)
    } catch (error) {
      toast('bad', asFailure(error).message, asFailure(error).hint)
    }
  }
  if (versions.isPending) return <Loading what="versions" />
  if (!versions.data) return <ErrorBox what="The versions could not be loaded" error={asFailure(versions.error)} retry={() => void versions.refetch()} />
  const list = versions.data
  const words = ['draft', ...(head.shipped ? ['shipped'] : []), ...list.map((each) => String(each.number))]
  const chosen = sides ?? firstSides(list, head.draft !== null, head.shipped)
  return (
    <div className="pane versions-split">
      <section aria-label="Versions">
        {list.length === 0 ? (
          <Empty icon="history" title="No version yet">
            <p>{head.shipped ? 'New runs take the one that ships with Updraft.' : 'A version keeps the text as it is, with who made it and why.'}</p>
          </Empty>
        ) : (
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col" className="num">
                  Nr
                </th>
                <th scope="col">What changed</th>
                <th scope="col">By</th>
                <th scope="col">When</th>
                <th scope="col">
                  <span className="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((version) => (
                <tr key={version.number}>
                  <td className="num">{version.number}</td>
                  <td className="wrap">
                    {version.message || <span className="dim">nothing said</span>} {version.number === head.live && <Tag tone="good">live</Tag>}
                  </td>
                  <td>{version.author}</td>
                  <td>
                    <Time at={version.at} />
                  </td>
                  <td className="row-actions">
                    <Button blocked={why || (version.number === head.live && 'It is live already.')} onClick={() => setActivating(version.number)}>
                      {head.live !== null && version.number < head.live ? 'Roll back' : 'Activate'}
                    </Button>
                    <Button blocked={readOnly && why} onClick={() => void load(version)} title="Put this text into the editor">
                      Edit
                    </Button>
                    <Button onClick={() => setSides([String(version.number), 'draft'])} title="What the draft changes of it">
                      Compare
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Activations id={id} />
      </section>
      <section aria-label="Differences">
        {chosen ? (
          <>
            <div className="pane-bar">
              <Side label="From" value={chosen[0]} words={words} onChange={(side) => setSides([side, chosen[1]])} />
              <Side label="to" value={chosen[1]} words={words} onChange={(side) => setSides([chosen[0], side])} />
            </div>
            <DiffView from={chosen[0]} to={chosen[1]} />
          </>
        ) : (
          <p className="dim">When there are two texts, what differs is shown here.</p>
        )}
      </section>
      {activating !== null && <ActivateDialog number={activating} onClose={() => setActivating(null)} />}
    </div>
  )
}

/** What somebody most likely asks: what does the draft change, or what changed last? */
function firstSides(list: readonly VersionLine[], draft: boolean, shipped: boolean): [string, string] | null {
  const numbers = list.map((version) => version.number).sort((a, b) => b - a)
  const [newest, before] = numbers
  if (draft && newest !== undefined) return [String(newest), 'draft']
  if (draft && shipped) return ['shipped', 'draft']
  return newest !== undefined && before !== undefined ? [String(before), String(newest)] : null
}

function Side({ label, value, words, onChange }: { label: string; value: string; words: readonly string[]; onChange: (side: string) => void }) {
  return (
    <label className="select-quiet">
      <span className="dim">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {!words.includes(value) && <option value={value}>{value}</option>}
        {words.map((word) => (
          <option key={word} value={word}>
            {/^\d+$/.test(word) ? `version ${word}` : word}
          </option>
        ))}
      </select>
    </label>
  )
}

function Activations({ id }: { id: string }) {
  const found = useQuery(activationsQuery(id))
  if (!found.data || found.data.length === 0) return null
  return (
    <>
      <h3>What was live</h3>
      <ol className="activations">
        {found.data.map((line, index) => (
          <li key={index}>
            <Time at={line.at} /> <b>{line.number === null ? 'taken out of service' : `${line.rollback ? 'back to ' : ''}version ${line.number}`}</b> by {line.by}
            {line.message && <span className="dim">: {line.message}</span>}
          </li>
        ))}
      </ol>
    </>
  )
}
