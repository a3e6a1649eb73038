import { expect, test } from 'vitest'
import { documents, paths } from './paths'

test('every address, so that a change of one is seen', () => {
  const pages = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, (path as (ref?: unknown) => string)(['cases', 'runs', 'playbooks'].includes(name) ? undefined : 'x/y')]))
  expect(pages).toEqual({
    home: '/',
    cases: '/cases',
    case: '/cases/x%2Fy',
    runs: '/runs',
    run: '/runs/x%2Fy',
    tasks: '/tasks',
    paths: '/paths',
    playbooks: '/playbooks',
    playbook: '/playbooks/x%2Fy',
    playbookPolicy: '/settings/playbook-policy',
    playbookRepository: '/settings/playbook-repository',
    connections: '/connections',
    connectionAdd: '/connections/add',
    connectionNew: '/connections/add/x%2Fy',
    connection: '/connections/x%2Fy',
    sources: '/sources',
    users: '/users',
    audit: '/audit',
  })
})

test('documents are fetched from the API', () => {
  expect(documents.report('7', 'md', 'run_1')).toBe('/api/v1/cases/7/report?format=md&run=run_1')
  expect(documents.blob('run_1', 'ab')).toBe('/api/v1/runs/run_1/blobs/ab')
  expect(documents.alertRaw('alert_1')).toBe('/api/v1/alerts/alert_1/raw')
  expect(documents.intake('siem')).toBe('/api/v1/sources/siem/alerts')
})
