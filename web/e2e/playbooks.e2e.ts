// From an empty playbook to one that works, is tested and active: once mostly by mouse, once by keyboard alone.
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
  await page.goto('/cases')
  await page.getByLabel('Name').fill('admin')
  await page.getByLabel('Password').fill(server.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('One-time password').fill(server.password)
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password again').fill(PASSWORD)
  await page.getByRole('button', { name: 'Save and continue' }).click()
  await page.getByRole('heading', { name: 'Cases' }).waitFor()
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const node = (name: RegExp) => page.getByRole('treeitem', { name })
const saved = () => page.getByRole('status').getByText('Saved', { exact: true }).waitFor()
const problems = (n: number) => page.getByRole('tab', { name: `Problems ${n}` }).waitFor()

/** The text in the editor, whatever part of it is drawn. */
async function textOf(id: string): Promise<string> {
  const answer = await page.request.get(`/api/v1/playbooks/${id}`)
  expect(answer.status()).toBe(200)
  return ((await answer.json()) as { text: string }).text
}

async function liveOf(id: string): Promise<number | null> {
  return ((await (await page.request.get(`/api/v1/playbooks/${id}`)).json()) as { live: number | null }).live
}

const SEVERE = `tests:
  - title: A severe case is commented
    trigger: {case: {title: Beaconing, severity: high, observables: []}}
    expect:
      state: succeeded
      case: {comments: [Looked at by the night shift]}
`

const HARMLESS = `  - title: Another one is left alone
    trigger: {case: {title: Noise, severity: low, observables: []}}
    expect:
      state: succeeded
      steps: {comment: never}
`

test('mostly by mouse: from empty to a working, tested, activated playbook', async () => {
  await page.getByRole('link', { name: 'Playbooks' }).click()
  await page.getByRole('link', { name: 'Enrichment only' }).waitFor()
  await shoot(page, '20-playbooks')
  await page.getByRole('button', { name: 'New playbook' }).click()
  await page.getByLabel(/^Title/).fill('Look at severe cases')
  await shoot(page, '21-new-playbook')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/playbooks\/look-at-severe-cases/)

  // A switch, with its title and its condition in the form.
  await page.getByRole('button', { name: 'Add the first step' }).click()
  await page.getByRole('option', { name: /^Switch/ }).click()
  await node(/Switch/).waitFor()
  await page.getByLabel('Title').fill('Is it severe?')
  await page.getByLabel('Title').press('Enter')
  await node(/Is it severe\?/).waitFor()
  await page.getByLabel('Case 1 when').fill("case.severity == 'high'")
  await page.getByLabel('Case 1 when').press('Enter')
  await page.locator('.graph-label', { hasText: "case.severity == 'high'" }).waitFor()

  // An action into the first branch, a stop into the other one.
  await page.getByRole('button', { name: 'Add a step at /steps/0/switch/0/do/0' }).click()
  await page.getByLabel('Kind of step, action or capability').fill('action')
  await page.getByRole('option').first().click()
  await page.getByRole('textbox', { name: /^text/ }).fill('Looked at by the night shift')
  await page.getByRole('textbox', { name: /^text/ }).press('Enter')
  await page.getByRole('button', { name: 'Rename the id', exact: true }).last().click()
  await page.getByRole('textbox', { name: 'Id', exact: true }).fill('comment')
  await page.getByRole('button', { name: 'Rename', exact: true }).click()
  await page.getByRole('button', { name: 'Add a step at /steps/0/switch/1/do/0' }).click()
  await page.getByRole('option', { name: /^Stop/ }).click()
  await node(/Stop/).waitFor()
  await problems(0)
  await saved()
  await shoot(page, '22-editor')

  // One test takes one of the two ways; the other one is painted.
  await page.getByRole('button', { name: 'Add a file of tests' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('severity')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.locator('.cm-content').press('Control+a')
  await page.keyboard.insertText(SEVERE)
  await page.getByRole('tab', { name: 'Tests' }).click()
  await page.getByRole('button', { name: 'Run tests' }).click()
  await page.getByText('1 test of 1 passed').waitFor()
  await page.getByText('Ways that no test takes').waitFor()
  await page.locator('.graph-label-missed').getByText('else').waitFor()
  await shoot(page, '23-tests')
  await page.locator('.cm-content').press('Control+End')
  await page.keyboard.insertText(HARMLESS)
  await page.getByRole('button', { name: 'Run tests' }).click()
  await page.getByText('2 tests of 2 passed, 100 % of 2 branches taken').waitFor()
  await problems(0)
  await saved()

  // The policy asks for tests; they are there.
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByLabel('What changed').fill('Severe cases are looked at')
  await shoot(page, '24-activate')
  await page.getByRole('dialog').getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByText('v1 live').waitFor()
  expect(await liveOf('look-at-severe-cases')).toBe(1)
  expect(await textOf('look-at-severe-cases')).toContain(`- when: "case.severity == 'high'"`)
  await page.getByRole('tab', { name: /Versions/ }).click()
  await page.getByText('Severe cases are looked at').first().waitFor()
  await shoot(page, '25-versions')
})

test('comments outlive what is done on the drawing, and undo takes it back', async () => {
  await page.getByRole('tab', { name: 'Step' }).click()
  await page.getByRole('button', { name: 'playbook.yaml' }).click()
  await page.locator('.cm-content').press('Control+Home')
  await page.keyboard.insertText('# Why this is here.\n')
  await node(/Is it severe\?/).click()
  await page.getByRole('button', { name: 'Duplicate' }).click()
  await node(/Is it severe\?/).nth(1).waitFor()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await saved()
  expect(await textOf('look-at-severe-cases')).toContain('# Why this is here.\nformat: 1')
  const before = await textOf('look-at-severe-cases')
  await page.getByRole('button', { name: 'Undo' }).click()
  await node(/Is it severe\?/).nth(1).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await saved()
  expect(await textOf('look-at-severe-cases')).toBe(before)
})

const CALL = `tests:
  - title: The case is commented and the run ends
    trigger: {case: {title: Beaconing, observables: []}}
    expect:
      state: succeeded
      case: {comments: [Seen value]}
`

test('by keyboard alone: from empty to a working, tested, activated playbook', async () => {
  const { keyboard } = page
  const press = async (...keys: string[]) => {
    for (const key of keys) await keyboard.press(key)
  }
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await press('g', 'p')
  await page.getByRole('heading', { name: 'Playbooks', exact: true }).waitFor()
  await press('n')
  await page.getByRole('dialog').waitFor()
  await press('Tab')
  await keyboard.type('Say that we saw it')
  await press('Enter')
  await page.waitForURL(/\/playbooks\/say-that-we-saw-it/)

  // The first step: the button for it is reached by F6 and Tab, further ones by `a`.
  const first = page.getByRole('button', { name: 'Add the first step' })
  await first.waitFor()
  for (let n = 0; n < 60 && !(await first.evaluate((button) => button === document.activeElement)); n += 1) await press('Tab')
  await press('Enter')
  await keyboard.type('set')
  await press('Enter')
  await node(/Set/).waitFor()
  await press('F6')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('tree')
  await press('a')
  await keyboard.type('action')
  await press('Enter')
  await node(/case\.comment/).waitFor()
  await press('r')
  await press('Control+a')
  await keyboard.type('say')
  await press('Enter')
  await node(/^say, Action/).waitFor()
  await press('Enter')
  // The form has the focus: title, action, then the input.
  await page.waitForFunction(() => document.activeElement?.closest('.step-form'))
  await keyboard.type('Say it')
  await press('Tab', 'Tab')
  await node(/^Say it, Action/).waitFor()
  await keyboard.type('Seen {{ vars.name }}')
  await press('Enter')
  await page.locator('.cm-line').getByText('Seen {{ vars.name }}').waitFor()

  // Up over the other step and back, then undo and redo on the drawing.
  await press('Shift+F6', 'Shift+F6')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('tree')
  await press('Alt+ArrowUp', 'Alt+ArrowDown', 'Control+z', 'Control+y')
  await problems(0)

  // A file of tests, typed, and run.
  const add = page.getByRole('button', { name: 'Add a file of tests' })
  for (let n = 0; n < 60 && !(await add.evaluate((button) => button === document.activeElement)); n += 1) await press('Tab')
  await press('Enter')
  await keyboard.type('seen')
  await press('Enter')
  await press('F6')
  const content = page.locator('.cm-content')
  for (let n = 0; n < 4 && !(await content.evaluate((text) => text === document.activeElement)); n += 1) await press('F6')
  await press('Control+a')
  await keyboard.insertText(CALL)
  await press('F6', 'ArrowRight', 'ArrowRight')
  await page.getByRole('button', { name: 'Run tests' }).waitFor()
  await press('t')
  await page.getByText('1 test of 1 passed').waitFor()
  await saved()
  await press('Control+Enter')
  await page.getByRole('dialog', { name: 'Activate' }).waitFor()
  await keyboard.type('Agreed')
  await press('Enter')
  await page.getByText('v1 live').waitFor()
  expect(await liveOf('say-that-we-saw-it')).toBe(1)
  await shoot(page, '26-by-keyboard')
  await press('u')
  await page.getByRole('link', { name: 'Say that we saw it' }).waitFor()
})

test('the policy and the repository have their pages', async () => {
  await page.getByRole('link', { name: 'Policy' }).click()
  await page.getByRole('heading', { name: 'Playbook policy' }).waitFor()
  await page.getByLabel(/Branches that tests take/).fill('80')
  await page.getByRole('button', { name: 'Save policy' }).click()
  await page.getByText('The policy counts from the next activation on.').waitFor()
  await shoot(page, '27-policy')
  await page.goto('/settings/playbook-repository')
  await page.getByLabel(/^Folder/).waitFor()
  await shoot(page, '28-repository')
})

test('what the policy still asks for is said point by point', async () => {
  await page.goto('/playbooks/say-that-we-saw-it')
  await page.locator('.cm-content').click()
  await page.locator('.cm-content').press('Control+End')
  await page.keyboard.insertText('  - id: maybe\n    when: case.severity == \'high\'\n    stop: enough\n')
  await node(/maybe/).waitFor()
  await saved()
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByRole('alert').getByText(/80 % are asked for/).waitFor()
  await shoot(page, '29-refused')
  await page.getByRole('button', { name: 'Go to Tests' }).click()
  expect(await liveOf('say-that-we-saw-it')).toBe(1)
})

test('no page complained, and nothing was refused by the content policy', () => {
  expect(errors).toEqual([])
})
