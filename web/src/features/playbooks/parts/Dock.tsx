// What stands below drawing and text: one pane of several.
import { Tabs } from '../../../ui/Tabs'
import { BacktestPane } from './BacktestPane'
import { ProblemsPane } from './ProblemsPane'
import { StepPane } from './StepPane'
import { TestsPane } from './TestsPane'
import { TriggersPane } from './TriggersPane'
import { VersionsPane } from './VersionsPane'
import { useEditor } from './context'

export const DOCKS = ['step', 'problems', 'tests', 'backtest', 'versions', 'triggers'] as const
export type DockTab = (typeof DOCKS)[number]

export function Dock({ tab, onTab }: { tab: DockTab; onTab: (tab: DockTab) => void }) {
  const { checking, trying, head } = useEditor()
  const tests = trying.result?.tests
  return (
    <section className="dock" aria-label="Details">
      <Tabs
        label="Details"
        compact
        active={tab}
        onChange={onTab}
        tabs={[
          { id: 'step', label: 'Step' },
          { id: 'problems', label: 'Problems', count: checking.findings.length },
          { id: 'tests', label: 'Tests', count: tests ? tests.length : undefined },
          { id: 'backtest', label: 'Backtest' },
          { id: 'versions', label: 'Versions', count: head.newest },
          { id: 'triggers', label: 'Triggers' },
        ]}
      >
        {tab === 'step' && <StepPane />}
        {tab === 'problems' && <ProblemsPane />}
        {tab === 'tests' && <TestsPane />}
        {tab === 'backtest' && <BacktestPane />}
        {tab === 'versions' && <VersionsPane />}
        {tab === 'triggers' && <TriggersPane />}
      </Tabs>
    </section>
  )
}
