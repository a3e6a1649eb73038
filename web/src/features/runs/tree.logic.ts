// A run's steps as a tree for people: steps below steps, iterations below loops, and what has not been reached yet.
import type { StepLine } from '../../api/types'

export interface TreeNode {
  /** Unique; the path of the step, or of the iteration: `lookups[3]`. */
  path: string
  label: string
  /** A second, quieter text: the connection of a target, the id of a step with a title. */
  detail: string
  kind: string
  status: string
  /** None for iterations and for steps that were not reached. */
  step: StepLine | null
  started: number | null
  ended: number | null
  children: TreeNode[]
}

export interface Row {
  node: TreeNode
  depth: number
  parent: string | null
  position: number
  siblings: number
}

interface OutlineStep {
  id: string
  title: string
  kind: string
}

const at = (time: string | null | undefined): number | null => (time ? Date.parse(time) : null)

function nodeOf(step: StepLine): TreeNode {
  const label = step.title || step.target || step.id
  // `host` is Updraft itself.
  const detail = step.target && step.target !== label && step.target !== 'host' ? step.target : ''
  return { path: step.path, label, detail, kind: step.kind, status: step.status, step, started: at(step.started_at), ended: at(step.ended_at), children: [] }
}

function iterationOf(parent: string, index: number, round: string | null | undefined): TreeNode {
  return { path: `${parent}[${index}]`, label: round || `Iteration ${index + 1}`, detail: '', kind: 'iteration', status: 'pending', step: null, started: null, ended: null, children: [] }
}

const OVER = new Set(['succeeded', 'failed', 'skipped', 'cancelled'])

/** What the steps of an iteration add up to. */
export function sumOf(statuses: readonly string[]): string {
  for (const status of ['running', 'waiting', 'failed', 'cancelled']) if (statuses.includes(status)) return status
  if (statuses.every((status) => status === 'skipped')) return 'skipped'
  return statuses.every((status) => OVER.has(status)) ? 'succeeded' : 'running'
}

/** Rounds of one step each need no level of their own: the step carries the round's name, or its number. */
function flatten(node: TreeNode) {
  const rounds = node.children.filter((child) => child.kind === 'iteration')
  if (rounds.length === 0 || rounds.some((round) => round.children.length > 1)) return
  node.children = node.children.map((child) => {
    const only = child.kind === 'iteration' ? child.children[0] : undefined
    if (!only) return child
    only.label = only.step?.round ? `${only.label}: ${only.step.round}` : `${only.label} ${(only.step?.iteration ?? 0) + 1}`
    return only
  })
}

function settle(node: TreeNode): TreeNode {
  flatten(node)
  node.children.forEach(settle)
  if (node.kind === 'iteration') {
    node.status = sumOf(node.children.map((child) => child.status))
    const starts = node.children.map((child) => child.started).filter((time) => time !== null)
    node.started = starts.length > 0 ? Math.min(...starts) : null
    const ends = node.children.map((child) => child.ended)
    node.ended = ends.every((time) => time !== null) && ends.length > 0 ? Math.max(...ends) : null
  }
  return node
}

/** The outline's top steps; anything of another shape counts as none. */
function outlineSteps(outline: unknown): OutlineStep[] {
  if (typeof outline !== 'object' || outline === null || !('steps' in outline) || !Array.isArray(outline.steps)) return []
  return outline.steps.filter((step): step is OutlineStep => typeof step === 'object' && step !== null && typeof step.id === 'string')
}

/** Builds the tree. Steps come parents first; a step whose parent is missing stands at the top. */
export function buildTree(steps: readonly StepLine[], outline: unknown, over: boolean): TreeNode[] {
  const known = new Map<string, TreeNode>()
  const top: TreeNode[] = []
  for (const step of steps) {
    const node = nodeOf(step)
    known.set(step.path, node)
    const parent = step.parent ? known.get(step.parent) : undefined
    if (!parent) {
      top.push(node)
      continue
    }
    if (step.iteration === null || step.iteration === undefined) {
      parent.children.push(node)
      continue
    }
    const path = `${parent.path}[${step.iteration}]`
    let iteration = known.get(path)
    if (!iteration) {
      iteration = iterationOf(parent.path, step.iteration, step.round)
      known.set(path, iteration)
      parent.children.push(iteration)
    }
    iteration.children.push(node)
  }
  const reached = new Map(top.map((node) => [node.step?.id ?? node.path, node]))
  const ordered: TreeNode[] = []
  for (const { id, title, kind } of outlineSteps(outline)) {
    const node = reached.get(id)
    if (node) {
      ordered.push(node)
      reached.delete(id)
    } else {
      ordered.push({ path: id, label: title || id, detail: '', kind, status: over ? 'not_reached' : 'pending', step: null, started: null, ended: null, children: [] })
    }
  }
  return [...ordered, ...reached.values()].map(settle)
}

/** The rows that are to be seen: children only of what is open. */
export function visibleRows(tree: readonly TreeNode[], isOpen: (node: TreeNode) => boolean): Row[] {
  const rows: Row[] = []
  const walk = (nodes: readonly TreeNode[], depth: number, parent: string | null) => {
    nodes.forEach((node, index) => {
      rows.push({ node, depth, parent, position: index + 1, siblings: nodes.length })
      if (node.children.length > 0 && isOpen(node)) walk(node.children, depth + 1, node.path)
    })
  }
  walk(tree, 0, null)
  return rows
}

/** The paths that are open before anybody opens one: everything in a small run; else the top, and what leads to trouble. */
export function openAtFirst(tree: readonly TreeNode[]): Set<string> {
  const all = size(tree) <= ROWS_OPEN_MAX
  const open = new Set<string>()
  const walk = (nodes: readonly TreeNode[], depth: number) => {
    for (const node of nodes) {
      if (all || (depth === 0 && node.children.length <= ROWS_OPEN_MAX)) open.add(node.path)
      walk(node.children, depth + 1)
    }
  }
  walk(tree, 0)
  for (const path of leading(tree)) open.add(path)
  return open
}

const TROUBLE = new Set(['failed', 'running', 'waiting'])
const ROWS_OPEN_MAX = 30

function size(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + size(node.children), 0)
}

/** Every node with trouble somewhere below it. */
function leading(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap((node) => {
    const below = leading(node.children)
    const trouble = below.length > 0 || node.children.some((child) => TROUBLE.has(child.status))
    return trouble ? [node.path, ...below] : []
  })
}

/** Left edge and width in percent of the run's time. */
export function bar(node: TreeNode, start: number, end: number, now: number): { left: number; width: number } | null {
  if (node.started === null) return null
  const whole = Math.max(1, end - start)
  const left = Math.min(100, Math.max(0, ((node.started - start) / whole) * 100))
  const width = Math.max(0, (((node.ended ?? now) - node.started) / whole) * 100)
  return { left, width: Math.min(width, 100 - left) }
}
