// The list and the editor on the mock: found as a screen reader finds them.
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider, createMemoryHistory } from '@tanstack/react-router'
import { render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { resetPlaybooks, savedByAnother } from '../../../mock/playbooks'
import { state } from '../../../mock/settings'
import { override } from '../../../mock/setup'
import { makeQueryClient } from '../../app/queries'
import { makeRouter } from '../../app/routes'

const admin = structuredClone(state.me)

beforeEach(() => {
  resetPlaybooks()
  state.me = structuredClone(admin)
  vi.stubGlobal('EventSource', undefined)
  // The window of these tests has no layout, and the text editor asks for it.
  Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList
})

function open(path: string) {
  const router = makeRouter(createMemoryHistory({ initialEntries: [path] }))
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  return { router, user: userEvent.setup() }
}

test('the list shows how each playbook stands, and is filtered into the address', async () => {
  const { router, user } = open('/playbooks')
  const row = (await screen.findByRole('link', { name: 'Reported phishing mail' })).closest('tr')!
  expect(within(row).getByText('v1 live')).toBeDefined()
  expect(within(row).getByText('16 %')).toBeDefined()
  await user.click(screen.getByRole('button', { name: /^Shipped/ }))
  await waitFor(() => expect(screen.queryByText('Reported phishing mail')).toBeNull())
  expect(router.state.location.search).toEqual({ state: 'shipped' })
  await user.type(screen.getByLabelText('Search playbooks'), 'nothing like it')
  await screen.findByText('No playbook fits')
})

test('keys walk the list and open a playbook', async () => {
  const { router, user } = open('/playbooks')
  await screen.findByRole('link', { name: 'Enrichment only' })
  await user.keyboard('jj')
  await user.keyboard('{Enter}')
  await waitFor(() => expect(router.state.location.pathname).toBe('/playbooks/enrichment-only'))
})

test('the list says what went wrong and offers to try again', async () => {
  override.reply = (_, path) => (path === '/api/v1/playbooks' ? { status: 403, body: { code: 'forbidden', detail: 'You may not see playbooks.' } } : null)
  const { user } = open('/playbooks')
  await screen.findByText('You may not see playbooks.')
  override.reply = null
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByRole('link', { name: 'Enrichment only' })
})

test('who may not change playbooks sees why', async () => {
  state.me = { ...structuredClone(admin)!, permissions: ['case_read', 'config_read'] }
  open('/playbooks/phishing')
  await screen.findByRole('tree', { name: 'Steps of the playbook' })
  expect(screen.getByText('Read only')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Activate' }).getAttribute('aria-disabled')).toBe('true')
  expect(screen.getByRole('button', { name: 'Activate' }).title).toContain('Your role')
})

test('the drawing is a tree; arrows walk it and the form follows', async () => {
  const { user } = open('/playbooks/phishing')
  const tree = await screen.findByRole('tree', { name: 'Steps of the playbook' })
  expect(within(tree).getAllByRole('treeitem')).toHaveLength(5)
  tree.focus()
  await user.keyboard('{ArrowDown}')
  await waitFor(() => expect(within(tree).getByRole('treeitem', { selected: true }).getAttribute('aria-label')).toContain('Look the sender up'))
  await user.keyboard('{ArrowDown}{ArrowRight}')
  await waitFor(() => expect(within(tree).getByRole('treeitem', { selected: true }).getAttribute('aria-level')).toBe('2'))
  expect(await screen.findByDisplayValue('Purge the mail everywhere?')).toBeDefined()
})

test('a step is added, renamed and deleted by keys, and the draft saves itself', async () => {
  const { user } = open('/playbooks/phishing?step=thanks')
  const tree = await screen.findByRole('tree', { name: 'Steps of the playbook' })
  let saves = 0
  override.reply = (method, path) => {
    if (method === 'PUT' && path === '/api/v1/playbooks/phishing/draft') saves += 1
    return null
  }
  tree.focus()
  await user.keyboard('a')
  await user.type(await screen.findByLabelText('Kind of step, action or capability'), 'stop{Enter}')
  await within(tree).findByRole('treeitem', { name: /^stop, Stop/ })
  await waitFor(() => expect(saves).toBe(1))
  await screen.findByText('Saved')
  tree.focus()
  await user.keyboard('r')
  const id = await screen.findByRole('textbox', { name: 'Id' })
  await user.clear(id)
  await user.type(id, 'thanks{Enter}')
  await screen.findByText('Another step has the id `thanks`.')
  await user.clear(id)
  await user.type(id, 'over{Enter}')
  await within(tree).findByRole('treeitem', { name: /^over, Stop/ })
  tree.focus()
  await user.keyboard('{Delete}')
  await waitFor(() => expect(within(tree).queryByRole('treeitem', { name: /^over/ })).toBeNull())
})

test('what somebody else saved is not overwritten until the person says so', async () => {
  const { user } = open('/playbooks/phishing?step=thanks')
  await screen.findByRole('tree', { name: 'Steps of the playbook' })
  savedByAnother('phishing', 'format: 1\nid: phishing\ntitle: Theirs\nsteps:\n  - id: theirs\n    stop: enough\n')
  const title = await screen.findByLabelText('Title')
  await user.clear(title)
  await user.type(title, 'Mine{Enter}')
  await screen.findByText(/night-shift saved this playbook meanwhile/)
  await user.click(screen.getByRole('button', { name: 'Take theirs' }))
  await screen.findByRole('treeitem', { name: /^theirs, Stop/ })
  await screen.findByText('Saved')
})

test('tests are run, and what they miss is on the drawing and in the list', async () => {
  const { user } = open('/playbooks/phishing?tab=tests')
  await user.click(await screen.findByRole('button', { name: 'Run tests' }))
  await screen.findByText('1 test of 1 passed, 50 % of 2 branches taken')
  expect(document.querySelector('.graph-label-missed')?.textContent).toBe('else')
  expect(screen.getByText('not denied')).toBeDefined()
})

test('the policy’s answer is said point by point, with the way to each', async () => {
  const { router, user } = open('/settings/playbook-policy')
  const wanted = await screen.findByLabelText(/Branches that tests take/)
  await user.clear(wanted)
  await user.type(wanted, '90')
  await user.click(screen.getByRole('button', { name: 'Save policy' }))
  await screen.findByText('The policy counts from the next activation on.')
  await router.navigate({ href: '/playbooks/phishing' })
  await user.click(await screen.findByRole('button', { name: 'Activate' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Activate' }))
  await screen.findByText(/50 % of the branches, and 90 % are asked for/)
  await user.click(screen.getByRole('button', { name: 'Go to Tests' }))
  await screen.findByRole('button', { name: 'Run tests' })
})

test('triggers say why a playbook did not start; backtests begin with what is unknown', async () => {
  const { user } = open('/playbooks/phishing?tab=triggers')
  await screen.findByText(/does not hold: case.severity is low/)
  await user.click(screen.getByLabelText('only what did not start'))
  await waitFor(() => expect(screen.queryByText(/the case is of type Phishing/)).toBeNull())
  await user.type(screen.getByLabelText('Alert, case or words'), '#40')
  await screen.findByText('Would not start')
  await user.click(screen.getByRole('tab', { name: 'Backtest' }))
  const first = (await screen.findAllByRole('term'))[0]
  expect(first?.textContent).toBe('Unknown')
  expect(screen.getByRole('link', { name: '#7' })).toBeDefined()
})

test('versions are compared, by steps and by lines', async () => {
  const { user } = open('/playbooks/phishing?tab=versions')
  await screen.findByText('First one that asks before it purges')
  await screen.findByText('with.text')
  await user.click(screen.getByLabelText('Lines'))
  await screen.findByText(/text: "Thanks!"/)
})

test('a playbook that is not there says so', async () => {
  open('/playbooks/nothing')
  await screen.findByText('There is no such playbook')
})
