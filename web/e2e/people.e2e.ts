// People and runs: a task is answered, a run is paused, stepped and resumed, seen on its drawing and compared.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, openPage, shoot } from './browser'
import { type Server, startServer } from './server'

const PASSWORD = 'a sentence for the night shift'

const GATE = `format: 1
id: gate
title: Ask before anything is done
triggers:
  - button: {title: Ask first}
steps:
  - id: gate
    title: May we go on?
    approve: {question: "Is it fine to comment on case {{ case.number }}?", roles: [admin]}
  - id: comment
    title: Say so
    when: steps.gate.output.approved
    action: case.comment
    with: {text: Somebody said yes}
`

const SLOW = `format: 1
id: slow
title: Takes its time
steps:
  - id: first
    title: Wait for ever
    wait: {signal: never}
    timeout: 1h
  - id: second
    title: Then this
    set: {done: true}
`

let server: Server
let browser: Browser
let page: Page
let errors: string[]

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launch()])
  ;({ page, errors } = await openPage(browser, server.url))
  await page.goto('/cases')
  await page.getByLabel('Name').fill('admin')
  await page.getByLabel('Password').fill(server.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('One-time password').fill(server.password)
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password again').fill(PASSWORD)
  await page.getByRole('button', { name: 'Save and continue' }).click()
  await page.getByRole('heading', { name: 'Cases' }).waitFor()
  for (const [id, text] of Object.entries({ gate: GATE, slow: SLOW })) {
    await post('/api/v1/playbooks', { text, message: 'first' })
    await post(`/api/v1/playbooks/${id}/activate`, { number: 1, message: '' })
  }
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

async function post(path: string, data: unknown): Promise<Record<string, unknown>> {
  const answer = await page.request.post(path, { data, headers: { 'X-Updraft-Csrf': '1' } })
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
  return (await answer.json()) as Record<string, unknown>
}

test('a button of the case starts a playbook, its question is answered in the inbox, and the run goes on', async () => {
  await page.goto('/cases/1')
  await page.getByRole('button', { name: 'Ask first' }).click()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.waitForURL(/\/runs\//)
  await page.getByRole('region', { name: 'Waiting for people' }).waitFor()
  await shoot(page, '40-run-asks')
  await page.getByRole('link', { name: 'Tasks' }).click()
  const task = page.getByRole('article', { name: /May we go on/ })
  await task.getByText('Is it fine to comment on case 1?').waitFor()
  await shoot(page, '41-tasks')
  await task.getByLabel('Note').fill('Go ahead')
  await task.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'Nothing waits for people' }).waitFor()
  await page.goto('/cases/1?panel=timeline')
  await page.getByText('Somebody said yes').first().waitFor()
})

test('a run is paused, stepped past a skipped step, and resumed; it is drawn and compared', async () => {
  const run = await post('/api/v1/playbooks/slow/runs', { case: '2', inputs: {} })
  await page.goto(`/runs/${String(run['id'])}`)
  const bar = page.getByRole('toolbar', { name: 'Steer the run' })
  await page.getByRole('treeitem', { name: /Wait for ever/ }).click()
  await bar.getByRole('button', { name: 'Pause' }).click()
  await bar.getByText(/Paused by admin/).waitFor()
  await bar.getByRole('button', { name: 'Skip…' }).click()
  await page.getByLabel(/^Reason/).fill('It never comes')
  await page.getByRole('dialog').getByRole('button', { name: 'Skip' }).click()
  await bar.getByText(/next: second/).waitFor()
  await shoot(page, '42-run-paused')
  await bar.getByRole('button', { name: 'Resume' }).click()
  await page.getByText('Succeeded').first().waitFor()
  await page.getByText(/Steered 3 times/).click()
  await page.getByText('It never comes').waitFor()
  await page.getByRole('button', { name: 'Drawing' }).click()
  await page.getByRole('tree', { name: 'The run on its playbook' }).waitFor()
  await shoot(page, '43-run-drawn')
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('dialog').getByLabel('Version').fill('1')
  await page.getByRole('dialog').getByRole('button', { name: 'Compare' }).click()
  await page.getByText(/It goes (the same|another) way/).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
})

test('the paths of a case type are counted', async () => {
  await page.goto('/paths')
  await page.getByRole('heading', { name: 'Ways that runs took' }).waitFor()
  await page.getByText(/of enrichment-only/).first().waitFor()
  await shoot(page, '44-paths')
  expect(errors).toEqual([])
})
