// The report as the playbook wrote it, in a frame where nothing can run or load.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asFailure } from '../../../api/errors'
import { reportQuery } from '../../../api/queries'
import type { CaseDetail } from '../../../api/types'
import { documents } from '../../../app/paths'
import { Icon } from '../../../ui/Icon'
import { Empty, ErrorBox, Loading } from '../../../ui/State'

interface ReportPanelProps {
  detail: CaseDetail
  caseRef: string
  running: boolean
}

export function ReportPanel({ detail, caseRef, running }: ReportPanelProps) {
  const runs = [...new Set(detail.reports.map((report) => report.run))]
  const [chosen, setChosen] = useState<string | null>(null)
  const run = chosen && runs.includes(chosen) ? chosen : runs[0]
  if (!run) {
    return (
      <Empty icon="audit" title="No report yet">
        <p>{running ? 'The run at work writes it when all providers have answered.' : 'No run of this case got as far as writing one. Re-run the case to make one.'}</p>
      </Empty>
    )
  }
  return (
    <div className="report">
      <div className="report-bar">
        {runs.length > 1 && (
          <label>
            Run{' '}
            <select value={run} onChange={(event) => setChosen(event.target.value)}>
              {runs.map((each, index) => (
                <option key={each} value={each}>
                  {index === 0 ? 'Latest' : `${index} before the latest`} ({each.slice(-6)})
                </option>
              ))}
            </select>
          </label>
        )}
        <span className="grow" />
        <a className="button button-plain" href={documents.report(caseRef, 'html', run)} target="_blank" rel="noopener noreferrer">
          <Icon name="external" size={14} /> Open
        </a>
        {(['html', 'md', 'json'] as const).map((format) => (
          <a key={format} className="button button-plain" href={documents.report(caseRef, format, run)} download={`case-${detail.number}.${format}`}>
            <Icon name="download" size={14} /> {{ html: 'HTML', md: 'Markdown', json: 'JSON' }[format]}
          </a>
        ))}
      </div>
      <Frame caseRef={caseRef} run={run} number={detail.number} />
    </div>
  )
}

function Frame({ caseRef, run, number }: { caseRef: string; run: string; number: number }) {
  const report = useQuery(reportQuery(caseRef, run))
  if (report.isPending) return <Loading what="the report" />
  if (report.error) return <ErrorBox what="The report could not be loaded" error={asFailure(report.error)} retry={() => void report.refetch()} />
  // Links of the report open outside the frame.
  const html = report.data.replace(/<head>/i, '<head><base target="_blank">')
  return <iframe title={`Report of case ${number}`} className="report-frame" sandbox="allow-popups allow-popups-to-escape-sandbox" srcDoc={html} />
}
