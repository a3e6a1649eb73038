// The frame around every page: navigation, the state of the connection, the person's menu, help.
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { client, read } from '../api/client'
import { listen, reconnect, useChanges, useHealth } from '../api/live'
import { meQuery } from '../api/queries'
import type { Me } from '../api/types'
import { useKeys } from '../lib/keys'
import { type Theme, setTheme, useTheme } from '../lib/theme'
import { Button } from '../ui/Button'
import { Icon, type IconName } from '../ui/Icon'
import { Toasts, toast } from '../ui/Toasts'
import { Help } from './Help'
import { Palette } from './Palette'
import { paths } from './paths'

interface NavItem {
  name: string
  icon: IconName
  to: string
  key: string
  needs?: string
}

const NAV: NavItem[] = [
  { name: 'Cases', icon: 'cases', to: paths.cases(), key: 'c' },
  { name: 'Runs', icon: 'runs', to: paths.runs(), key: 'r' },
  { name: 'Tasks', icon: 'tasks', to: paths.tasks(), key: 't' },
  { name: 'Playbooks', icon: 'playbooks', to: paths.playbooks(), key: 'p', needs: 'config_read' },
  { name: 'Connections', icon: 'connections', to: paths.connections(), key: 'n', needs: 'config_read' },
  { name: 'Sources', icon: 'sources', to: paths.sources(), key: 's', needs: 'config_read' },
  { name: 'Users', icon: 'users', to: paths.users(), key: 'u', needs: 'user_read' },
  { name: 'Audit', icon: 'audit', to: paths.audit(), key: 'a', needs: 'audit_read' },
]

/** Pages that the palette knows beside those of the navigation. */
const MORE: Omit<NavItem, 'key'>[] = [
  { name: 'New playbook', icon: 'plus', to: paths.playbooks({ new: '1' }), needs: 'config_write' },
  { name: 'Paths and what to automate next', icon: 'branch', to: paths.paths() },
  { name: 'Playbook policy', icon: 'shield', to: paths.playbookPolicy(), needs: 'config_read' },
  { name: 'Playbooks from Git', icon: 'git', to: paths.playbookRepository(), needs: 'config_read' },
]

const THEMES: { id: Theme; label: string }[] = [
  { id: 'system', label: 'System' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
]

export function Shell({ me }: { me: Me }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [open, setOpen] = useState<'help' | 'palette' | null>(null)
  useEffect(() => listen(), [])
  // After a gap in the stream everything on the page may be old.
  useChanges(
    () => false,
    () => void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'me' }),
  )
  useKeys({
    ...Object.fromEntries(NAV.map((item) => [`g ${item.key}`, () => void navigate({ to: item.to })])),
    '?': () => setOpen('help'),
    'ctrl+k': () => setOpen((now) => (now === 'palette' ? null : 'palette')),
  })
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <nav className="nav" aria-label="Main">
        <Link to={paths.cases()} className="nav-brand">
          <img src="/favicon.svg" width="24" height="24" alt="" />
          <span>Updraft</span>
        </Link>
        <button type="button" className="nav-search" onClick={() => setOpen('palette')}>
          <Icon name="search" size={14} />
          <span>Go to…</span>
          <kbd>Ctrl K</kbd>
        </button>
        <ul>
          {NAV.map((item) => (
            <li key={item.name}>
              <NavLink item={item} allowed={!item.needs || me.permissions.includes(item.needs)} />
            </li>
          ))}
        </ul>
        <div className="nav-foot">
          <Connection />
          <UserMenu me={me} onHelp={() => setOpen('help')} />
        </div>
      </nav>
      <main id="main" className="main" tabIndex={-1}>
        <LostBanner />
        <Outlet />
      </main>
      <Toasts />
      {open === 'help' && <Help onClose={() => setOpen(null)} />}
      {open === 'palette' && <Palette nav={[...NAV, ...MORE].filter((item) => !item.needs || me.permissions.includes(item.needs))} onClose={() => setOpen(null)} />}
    </div>
  )
}

function NavLink({ item, allowed }: { item: NavItem; allowed: boolean }) {
  if (!allowed) {
    return (
      <span className="nav-link nav-link-off" aria-disabled="true" title={`Your role cannot see ${item.name.toLowerCase()}. Ask an administrator.`}>
        <Icon name={item.icon} />
        <span>{item.name}</span>
        <Icon name="lock" size={12} />
      </span>
    )
  }
  return (
    <Link to={item.to} className="nav-link" activeProps={{ className: 'nav-link nav-link-on', 'aria-current': 'page' }} title={`${item.name} (g ${item.key})`}>
      <Icon name={item.icon} />
      <span>{item.name}</span>
    </Link>
  )
}

const HEALTH = {
  off: ['quiet', 'Not connected'],
  connecting: ['quiet', 'Connecting…'],
  live: ['good', 'Live'],
  lost: ['bad', 'Connection lost'],
} as const

function Connection() {
  const [tone, text] = HEALTH[useHealth()]
  return (
    <div className={`nav-health tone-${tone}`} role="status">
      <span className="pulse" aria-hidden="true" />
      <span>{text}</span>
    </div>
  )
}

function LostBanner() {
  const lost = useHealth() === 'lost'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!lost) return setShown(false)
    // A short gap, such as a restart of the server, is nobody's concern.
    const timer = setTimeout(() => setShown(true), 2_000)
    return () => clearTimeout(timer)
  }, [lost])
  if (!shown) return null
  return (
    <div className="banner" role="alert">
      <Icon name="alert" />
      <span>The connection to the server is lost. What you see may be out of date; Updraft keeps trying.</span>
      <Button icon="refresh" onClick={reconnect}>
        Try now
      </Button>
    </div>
  )
}

function UserMenu({ me, onHelp }: { me: Me; onHelp: () => void }) {
  const queries = useQueryClient()
  const theme = useTheme()
  const signOut = async () => {
    try {
      await read(client.DELETE('/api/v1/session'))
    } catch {
      toast('bad', 'Signing out did not reach the server.', 'Try again when the connection is back.')
      return
    }
    queries.setQueryData(meQuery.queryKey, null)
    // Nothing that this person could see stays behind for the next one.
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== meQuery.queryKey[0] })
  }
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event) => {
      const inside = event.target instanceof Node && menu.current?.contains(event.target)
      const leaves = event instanceof KeyboardEvent ? event.key === 'Escape' : !inside
      if (leaves && menu.current) menu.current.open = false
    }
    document.addEventListener('pointerdown', close)
    document.addEventListener('keydown', close)
    return () => {
      document.removeEventListener('pointerdown', close)
      document.removeEventListener('keydown', close)
    }
  }, [])
  return (
    <details className="menu" ref={menu}>
      <summary aria-label={`Account of ${me.name}`}>
        <span className="avatar" aria-hidden="true">
          {me.name.slice(0, 1).toUpperCase()}
        </span>
        <span className="menu-name">
          {me.name}
          <small>{me.role}</small>
        </span>
      </summary>
      <div className="menu-body">
        <fieldset>
          <legend>Theme</legend>
          <div className="segments">
            {THEMES.map(({ id, label }) => (
              <label key={id}>
                <input type="radio" name="theme" checked={theme === id} onChange={() => setTheme(id)} />
                <span>{label}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <button type="button" className="menu-item" onClick={onHelp}>
          <Icon name="keyboard" /> Keyboard shortcuts <kbd>?</kbd>
        </button>
        <button type="button" className="menu-item" onClick={() => void signOut()}>
          <Icon name="out" /> Sign out
        </button>
      </div>
    </details>
  )
}
