import { Dialog } from '../ui/Dialog'

const GROUPS: [string, [string, string][]][] = [
  [
    'Everywhere',
    [
      ['g c', 'Cases'],
      ['g r', 'Runs'],
      ['g p', 'Playbooks'],
      ['g n', 'Connections'],
      ['g s', 'Sources'],
      ['g u', 'Users'],
      ['g a', 'Audit'],
      ['Ctrl K', 'Go to a page or a case'],
      ['?', 'This list'],
      ['Esc', 'Close a dialog'],
    ],
  ],
  [
    'Case list',
    [
      ['j / ↓', 'Next case'],
      ['k / ↑', 'Previous case'],
      ['Enter', 'Open the case'],
      ['/', 'Search'],
    ],
  ],
  [
    'Case',
    [
      ['1', 'Observables'],
      ['2', 'Report'],
      ['3', 'Timeline'],
      ['4', 'Runs'],
      ['5', 'Alerts'],
      ['c', 'Comment'],
      ['u', 'Back to the list'],
    ],
  ],
  [
    'Run',
    [
      ['j / ↓', 'Next step'],
      ['k / ↑', 'Previous step'],
      ['→ / ←', 'Open or close a step'],
      ['i, o, w', 'Input, output, wire'],
    ],
  ],
  [
    'Playbook list',
    [
      ['j / k', 'Next, previous playbook'],
      ['Enter', 'Open the playbook'],
      ['n', 'New playbook'],
      ['/', 'Search'],
    ],
  ],
  [
    'Playbook editor',
    [
      ['F6', 'Drawing, text, details'],
      ['Ctrl S', 'Save the draft now'],
      ['v', 'Keep as a version'],
      ['Ctrl Enter', 'Activate'],
      ['t', 'Run the tests (in Tests)'],
      ['u', 'Back to the list'],
    ],
  ],
  [
    'Drawing of a playbook',
    [
      ['↑ ↓ ← →', 'Walk the steps'],
      ['a, b, i', 'Add after, before, inside'],
      ['n', 'Add a branch'],
      ['Enter', 'Settings of the step'],
      ['Alt ↑ / ↓', 'Move up or down, out at the edge'],
      ['Alt →', 'Move into the step above'],
      ['d', 'Duplicate'],
      ['r', 'Rename the id'],
      ['Delete', 'Delete'],
      ['Ctrl Z / Y', 'Undo, redo'],
      ['+, -, 0', 'Larger, smaller, fit'],
    ],
  ],
]

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      <div className="help">
        {GROUPS.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
