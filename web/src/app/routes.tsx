// All pages by path. The addresses themselves are made in paths.ts.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, type RouterHistory } from '@tanstack/react-router'
import { Gate } from './Gate'
import { Lost } from './Lost'
import { NotFound } from './NotFound'
import { paths } from './paths'

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound, errorComponent: Lost })

const page = (path: string, load: () => Promise<{ default: () => React.ReactNode }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load), errorComponent: Lost })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: paths.cases(), replace: true })
  },
})

const tree = root.addChildren([
  home,
  page('/cases', () => import('../features/cases/CaseListPage')),
  page('/cases/$ref', () => import('../features/cases/CasePage')),
  page('/runs', () => import('../features/runs/RunListPage')),
  page('/runs/$id', () => import('../features/runs/RunPage')),
  page('/tasks', () => import('../features/tasks/TasksPage')),
  page('/paths', () => import('../features/paths/PathsPage')),
  page('/playbooks', () => import('../features/playbooks/PlaybookListPage')),
  page('/playbooks/$id', () => import('../features/playbooks/PlaybookPage')),
  page('/settings/playbook-policy', () => import('../features/playbooks/PolicyPage')),
  page('/settings/playbook-repository', () => import('../features/playbooks/RepositoryPage')),
  page('/connections', () => import('../features/connections/ConnectionListPage')),
  page('/connections/add', () => import('../features/connections/CatalogPage')),
  page('/connections/add/$connector', () => import('../features/connections/ConnectionNewPage')),
  page('/connections/$id', () => import('../features/connections/ConnectionPage')),
  page('/sources', () => import('../features/sources/SourcesPage')),
  page('/users', () => import('../features/users/UsersPage')),
  page('/audit', () => import('../features/audit/AuditPage')),
])

// Search parameters are plain text in the address: `?status=new,waiting&q=evil.example`.
function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  }
  const text = query.toString().replaceAll('%2C', ',')
  return text ? `?${text}` : ''
}

export function makeRouter(history?: RouterHistory) {
  return createRouter({
    routeTree: tree,
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: 'intent',
    ...(history ? { history } : {}),
  })
}
