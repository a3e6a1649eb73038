// The way of an analyst through the real product: from the one-time password to a run that replays identically.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, openPage, shoot } from './browser'
import { type Server, startServer } from './server'

const PASSWORD = 'a sentence for the night shift'

let server: Server
let browser: Browser
let page: Page
let errors: string[]

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launch()])
  ;({ page, errors } = await openPage(browser, server.url))
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test('a wrong password is refused with a reason', async () => {
  await page.goto('/cases')
  await shoot(page, '01-sign-in')
  await page.getByLabel('Name').fill('admin')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('Name or password is wrong.').waitFor()
})

test('the printed one-time password leads to a password of one’s own', async () => {
  await page.getByLabel('Password').fill(server.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Choose your password' }).waitFor()
  await page.getByLabel('One-time password').fill(server.password)
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password again').fill(PASSWORD)
  await shoot(page, '02-password')
  await page.getByRole('button', { name: 'Save and continue' }).click()
  await page.getByRole('heading', { name: 'Cases' }).waitFor()
})

test('a new alert appears in the list by itself and becomes a closed case', async () => {
  await page.getByRole('row').nth(1).waitFor()
  expect(await server.send('185[.]220[.]101[.]1')).toBe(202)
  const row = page.getByRole('row').filter({ hasText: '185[.]220[.]101[.]1' }).filter({ hasNotText: '101[.]1[' })
  await row.first().waitFor()
  await row.first().getByText('Closed').waitFor({ timeout: 30_000 })
  await shoot(page, '03-cases')
})

test('filters and search stand in the address and survive a reload', async () => {
  await page.getByRole('button', { name: /^Closed/ }).click()
  await page.waitForURL(/status=closed/)
  await page.keyboard.press('/')
  await page.keyboard.type('185.220.101.1')
  await page.waitForURL(/q=185\.220\.101\.1/)
  await page.reload()
  await page.getByRole('row').nth(1).waitFor()
  expect(await page.getByLabel('Search cases').inputValue()).toBe('185.220.101.1')
  expect(await page.getByRole('button', { name: /^Closed/ }).getAttribute('aria-pressed')).toBe('true')
})

test('the case opens by keyboard and shows a verdict tag beside each observable', async () => {
  await page.getByRole('heading', { name: 'Cases' }).click()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/cases\/\d+/)
  await page.getByRole('tab', { name: /Observables/ }).waitFor()
  await page.getByText('185[.]220[.]101[.]1', { exact: true }).waitFor()
  const tags = page.locator('.observable-verdict .tag')
  expect(await tags.count()).toBe(await page.locator('.observable').count())
  expect(await page.getByRole('table').getByText('Answered').count()).toBeGreaterThan(0)
  await shoot(page, '04-case')
})

test('the report, the timeline and the alert as it came can be read', async () => {
  await page.keyboard.press('2')
  await page.frameLocator('iframe').locator('h1').first().waitFor()
  await shoot(page, '05-report')
  await page.keyboard.press('3')
  await page.getByText(/opened the case/).first().waitFor()
  await page.getByLabel('Comment').fill('Looked at by the night shift.')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Looked at by the night shift.').first().waitFor()
  await shoot(page, '06-timeline')
  await page.getByRole('tab', { name: /Alerts/ }).click()
  await page.getByRole('link', { name: /Raw/ }).first().waitFor()
  await shoot(page, '07-alerts')
})

test('the run shows its steps as a tree, what was said on the wire, and replays identically', async () => {
  await page.getByRole('tab', { name: /Runs/ }).click()
  await page.getByRole('row').nth(1).getByRole('link').click()
  await page.getByRole('tree', { name: 'Steps' }).waitFor()
  await page.getByRole('treeitem', { name: /Ask every provider/ }).waitFor()
  await shoot(page, '08-run')
  await page.getByRole('treeitem', { name: /VirusTotal/ }).first().click()
  await page.getByRole('tab', { name: /Wire/ }).click()
  await page.getByRole('heading', { name: 'Request' }).first().waitFor()
  await page.getByRole('button', { name: 'Replay' }).click()
  await page.getByText('Identical.').waitFor()
  await shoot(page, '09-replay')
})

test('closing and reopening a case ask why, and the list knows', async () => {
  await page.getByRole('link', { name: 'Open case' }).click()
  await page.getByRole('button', { name: 'Reopen' }).click()
  await page.getByLabel('Why').fill('Seen on a second host.')
  await page.getByRole('button', { name: 'Reopen case' }).click()
  await page.getByRole('button', { name: 'Close case' }).click()
  await page.getByLabel(/False positive/).check()
  await shoot(page, '10-close')
  await page.getByRole('dialog').getByRole('button', { name: 'Close case' }).click()
  await page.getByText(/Closed: false positive/).first().waitFor()
})

test('the other pages stand', async () => {
  const pages = [
    ['g n', 'Connections', '11-connections'],
    ['g s', 'Sources', '12-sources'],
    ['g u', 'Users', '13-users'],
    ['g a', 'Audit', '14-audit'],
    ['g r', 'Runs', '15-runs'],
  ] as const
  for (const [keys, heading, name] of pages) {
    for (const key of keys.split(' ')) await page.keyboard.press(key)
    await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    await page.getByRole('row').nth(1).waitFor()
    await shoot(page, name)
  }
})

test('a connection can be tested, and a new source hands out a token that works', async () => {
  await page.goto('/connections')
  await page.getByRole('button', { name: /Test VirusTotal/ }).click()
  await page.getByText(/It answers/).waitFor()
  await page.goto('/connections/add')
  await page.getByRole('link', { name: /Jira Cloud/ }).click()
  await page.getByLabel(/^Site/).waitFor()
  await shoot(page, '16-connect')
  await page.goto('/sources')
  await page.getByRole('button', { name: 'Add a source' }).click()
  await page.getByLabel(/^Name/).fill('firewall')
  await page.getByRole('button', { name: 'Add source' }).click()
  const dialog = page.getByRole('dialog', { name: 'Token of firewall' })
  const token = await dialog.locator('code').first().textContent()
  await shoot(page, '17-token')
  const answer = await fetch(`${server.url}/api/v1/sources/firewall/alerts`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '198.51.100.7' })
  expect(answer.status).toBe(202)
})

test('signing out ends the session', async () => {
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await page.locator('summary').filter({ hasText: 'admin' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Password').waitFor()
  expect((await page.request.get('/api/v1/session')).status()).toBe(401)
})

test('no page complained, and nothing was refused by the content policy', () => {
  expect(errors).toEqual([])
})

test('a lost connection is said, and so is the way back', async () => {
  await page.getByLabel('Name').fill('admin')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  await server.stop()
  await page.getByRole('alert').getByText(/The connection to the server is lost/).waitFor()
  await shoot(page, '18-lost')
})
