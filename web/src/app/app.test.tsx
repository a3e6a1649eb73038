// The whole front end on the mock: what people see and do, found as a screen reader finds it.
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider, createMemoryHistory } from '@tanstack/react-router'
import { render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test } from 'vitest'
import { CASES, runId } from '../../mock/cases'
import { state } from '../../mock/settings'
import { override } from '../../mock/setup'
import { makeQueryClient } from './queries'
import { makeRouter } from './routes'

const admin = structuredClone(state.me)

beforeEach(() => {
  state.me = structuredClone(admin)
  // Virtual lists measure their frame; this window has no layout.
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, value: 600 })
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, value: 1200 })
})

function open(path: string) {
  const router = makeRouter(createMemoryHistory({ initialEntries: [path] }))
  const queries = makeQueryClient()
  queries.setDefaultOptions({ queries: { ...queries.getDefaultOptions().queries, retry: false } })
  render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  return { user: userEvent.setup(), where: () => router.state.location.href }
}

const broken = (path: string) => {
  override.reply = (_, asked) => (asked === path ? { status: 500, body: { code: 'store', title: '', detail: 'The disk is full.', hint: 'Run updraft doctor.' } } : null)
}

describe('signing in', () => {
  test('a wrong password is said, the right one leads on', async () => {
    state.me = null
    const { user } = open('/sources')
    await user.type(await screen.findByLabelText('Name'), 'admin')
    await user.type(screen.getByLabelText('Password'), 'wrong')
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect((await screen.findByRole('alert')).textContent).toContain('Name or password is wrong.')
    await user.clear(screen.getByLabelText('Password'))
    await user.type(screen.getByLabelText('Password'), 'right')
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(await screen.findByRole('heading', { name: 'Sources' })).toBeTruthy()
  })

  test('signing out leads back to the door', async () => {
    const { user } = open('/audit')
    await user.click(await screen.findByRole('button', { name: /Sign out/, hidden: true }))
    expect(await screen.findByLabelText('Password')).toBeTruthy()
    expect(screen.queryByRole('navigation')).toBeNull()
  })

  test('a one-time password must be replaced first', async () => {
    state.me = { ...structuredClone(admin), must_change_password: true } as typeof state.me
    const { user } = open('/cases')
    await user.type(await screen.findByLabelText('One-time password'), 'once')
    await user.type(screen.getByLabelText('New password'), 'a long new sentence')
    await user.type(screen.getByLabelText('New password again'), 'another long sentence')
    await user.click(screen.getByRole('button', { name: 'Save and continue' }))
    expect(await screen.findByText('The two new passwords differ.')).toBeTruthy()
    await user.clear(screen.getByLabelText('New password again'))
    await user.type(screen.getByLabelText('New password again'), 'a long new sentence')
    await user.click(screen.getByRole('button', { name: 'Save and continue' }))
    expect(await screen.findByRole('heading', { name: 'Cases' })).toBeTruthy()
  })
})

describe('the case list', () => {
  test('shows rows, filters by chip into the address, and opens by keyboard', async () => {
    const { user, where } = open('/cases')
    expect(await screen.findByText(`#${CASES}`)).toBeTruthy()
    await user.click(await screen.findByRole('button', { name: /^Benign/ }))
    await waitFor(() => expect(where()).toBe('/cases?verdict=benign'))
    await waitFor(() => expect(screen.queryByText(`#${CASES}`)).toBeNull())
    await user.keyboard('jj{Enter}')
    await waitFor(() => expect(where()).toMatch(/^\/cases\/\d+$/))
  })

  test('says what to do when nothing matches', async () => {
    const { user } = open('/cases?q=nothing-has-this')
    expect(await screen.findByRole('heading', { name: 'No case matches' })).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Clear all filters' }))
    expect(await screen.findByText(`#${CASES}`)).toBeTruthy()
  })

  test('an error says why and offers to try again', async () => {
    broken('/api/v1/cases')
    const { user } = open('/cases')
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('The disk is full.')
    expect(alert.textContent).toContain('Run updraft doctor.')
    override.reply = null
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText(`#${CASES}`)).toBeTruthy()
  })
})

describe('a case', () => {
  test('digits change the panel, and the address knows it', async () => {
    const { user, where } = open(`/cases/${CASES}`)
    expect(await screen.findByText('cdn-100000[.]evil[.]example')).toBeTruthy()
    expect(screen.getByText(/Never looked up outside/)).toBeTruthy()
    await user.keyboard('3')
    expect(await screen.findByText('Case opened')).toBeTruthy()
    expect(where()).toContain('panel=timeline')
    await user.keyboard('2')
    const frame = await screen.findByTitle(`Report of case ${CASES}`)
    expect(frame.getAttribute('sandbox')).not.toMatch(/allow-scripts|allow-same-origin/)
  })

  test('closing asks for a reason', async () => {
    const { user } = open(`/cases/${CASES - 1}`)
    await user.click(await screen.findByRole('button', { name: 'Close case' }))
    const dialog = await screen.findByRole('dialog', { name: /Close case/ })
    await user.click(within(dialog).getByLabelText(/False positive/))
    await user.click(within(dialog).getByRole('button', { name: 'Close case' }))
    expect(await screen.findByRole('button', { name: 'Reopen' })).toBeTruthy()
    expect(screen.getByText(/false positive/)).toBeTruthy()
  })

  test('one that is not there says so', async () => {
    open('/cases/987654321')
    expect(await screen.findByRole('heading', { name: 'There is no case 987654321' })).toBeTruthy()
  })

  test('a reader sees the buttons, disabled with the reason', async () => {
    state.me = { ...structuredClone(admin), role: 'auditor', permissions: ['case_read'] } as typeof state.me
    open(`/cases/${CASES - 2}`)
    const button = await screen.findByRole('button', { name: /Close case|Reopen/ })
    expect(button.getAttribute('aria-disabled')).toBe('true')
    expect(button.title).toMatch(/not change them/)
    expect(screen.getByTitle(/cannot see users/)).toBeTruthy()
  })
})

describe('a run', () => {
  test('is a tree that keys walk, with the step in full beside it', async () => {
    const { user, where } = open(`/runs/${runId(CASES - 1)}`)
    const tree = await screen.findByRole('tree', { name: 'Steps' })
    expect(within(tree).getByRole('treeitem', { name: /Close the Enrichment case/ })).toBeTruthy()
    await user.keyboard('{Home}jj')
    await waitFor(() => expect(where()).toContain('step=lookups'))
    await user.keyboard('w')
    await waitFor(() => expect(where()).toContain('tab=wire'))
    await user.click(screen.getByRole('button', { name: 'Replay' }))
    expect(await screen.findByText('Identical.')).toBeTruthy()
  })
})

describe('the other pages', () => {
  test.each([
    ['/runs', 'Runs', '/api/v1/runs'],
    ['/connections', 'Connections', '/api/v1/connections'],
    ['/sources', 'Sources', '/api/v1/sources'],
    ['/users', 'Users', '/api/v1/users'],
    ['/audit', 'Audit', '/api/v1/audit'],
  ])('%s shows its table, and says so when it cannot', async (path, heading, api) => {
    open(path)
    expect(await screen.findByRole('heading', { name: heading })).toBeTruthy()
    expect((await screen.findAllByRole('row')).length).toBeGreaterThan(1)
    document.body.replaceChildren()
    broken(api)
    open(path)
    expect((await screen.findByRole('alert')).textContent).toContain('The disk is full.')
  })

  test('a new source shows its token once, with a command', async () => {
    const { user } = open('/sources')
    await user.click(await screen.findByRole('button', { name: 'Add a source' }))
    await user.type(await screen.findByLabelText(/^Name/), 'firewall')
    await user.click(screen.getByRole('button', { name: 'Add source' }))
    const dialog = await screen.findByRole('dialog', { name: 'Token of firewall' })
    expect(dialog.textContent).toContain('/api/v1/sources/firewall/alerts')
  })

  test('a connection is made from what the manifest declares', async () => {
    const { user, where } = open('/connections/add/jira_cloud')
    await user.click(await screen.findByRole('button', { name: 'Connect' }))
    expect((await screen.findAllByText('This is needed.')).length).toBe(3)
    await user.type(screen.getByLabelText(/^API token/), 'secret')
    await user.type(screen.getByLabelText(/^Site/), 'example.atlassian.net')
    await user.type(screen.getByLabelText(/^Project/), 'SEC')
    await user.click(screen.getByRole('button', { name: 'Connect' }))
    await waitFor(() => expect(where()).toMatch(/^\/connections\/conn_/))
    await screen.findByRole('button', { name: /^Test/ })
    const secret = await screen.findByLabelText(/^API token/)
    expect((secret as HTMLInputElement).value).toBe('')
    expect((secret as HTMLInputElement).type).toBe('password')
  })

  test('the palette goes to a case by a few letters', async () => {
    const { user, where } = open('/audit')
    await screen.findByRole('heading', { name: 'Audit' })
    await user.keyboard('{Control>}k{/Control}')
    expect(document.activeElement).toBe(await screen.findByRole('combobox', { name: 'Page or case' }))
    await user.keyboard('99998')
    expect(await screen.findByRole('option', { name: /#99998/ })).toBeTruthy()
    await user.keyboard('{Enter}')
    await waitFor(() => expect(where()).toBe('/cases/99998'))
  })

  test('a page that is not there says so', async () => {
    open('/nowhere')
    expect(await screen.findByRole('heading', { name: 'There is no such page' })).toBeTruthy()
  })
})
