// Every URL of the front end. Pages link through these and never write a path themselves.

type View = Record<string, string | undefined>

function withView(path: string, view: View = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(view)) if (value) query.set(name, value)
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

export const paths = {
  home: () => '/',
  cases: (view?: View) => withView('/cases', view),
  case: (ref: string | number) => `/cases/${encodeURIComponent(ref)}`,
  runs: (view?: View) => withView('/runs', view),
  run: (id: string) => `/runs/${encodeURIComponent(id)}`,
  tasks: () => '/tasks',
  paths: () => '/paths',
  playbooks: (view?: View) => withView('/playbooks', view),
  playbook: (id: string, view?: View) => withView(`/playbooks/${encodeURIComponent(id)}`, view),
  playbookPolicy: () => '/settings/playbook-policy',
  playbookRepository: () => '/settings/playbook-repository',
  connections: () => '/connections',
  connectionAdd: () => '/connections/add',
  connectionNew: (connector: string) => `/connections/add/${encodeURIComponent(connector)}`,
  connection: (id: string) => `/connections/${encodeURIComponent(id)}`,
  sources: () => '/sources',
  users: () => '/users',
  audit: () => '/audit',
} as const

/** Addresses of documents that the browser opens or downloads itself. */
export const documents = {
  report: (ref: string, format: 'html' | 'md' | 'json', run?: string) =>
    withView(`/api/v1/cases/${encodeURIComponent(ref)}/report`, { format, run }),
  alertRaw: (id: string) => `/api/v1/alerts/${encodeURIComponent(id)}/raw`,
  blob: (run: string, hash: string) => `/api/v1/runs/${encodeURIComponent(run)}/blobs/${encodeURIComponent(hash)}`,
  playbookExport: (id: string, format: 'yaml' | 'bundle', version: string) => withView(`/api/v1/playbooks/${encodeURIComponent(id)}/export`, { format, version }),
  intake: (source: string) => `/api/v1/sources/${encodeURIComponent(source)}/alerts`,
} as const
