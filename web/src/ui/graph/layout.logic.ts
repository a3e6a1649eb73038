// Where each step of a playbook stands on the drawing: steps below each other, branches side by side.
//
// A playbook is a tree, so no general layout is needed: a block is as wide as its widest step, a step with
// branches as wide as they are together. Sizes go up the tree, places come down.

/** A step as it is drawn; the outline of a playbook has this shape. */
export interface GraphStep {
  id: string
  /** JSON pointer to it in the playbook: its name on the drawing, ids may be doubled while somebody types. */
  pointer: string
  title: string
  kind: string
  subject: string
  why?: string
  conditional: boolean
  children: GraphBranch[]
}

export interface GraphBranch {
  label: string
  /** JSON pointer to the block, if it can be written to. */
  pointer?: string
  steps: GraphStep[]
}

export interface Placed {
  step: GraphStep
  x: number
  y: number
  /** 0 at the top. */
  depth: number
  parent: string | null
  /** The label of the branch it is in. */
  branch: string
  position: number
  siblings: number
}

export interface Frame {
  step: GraphStep
  x: number
  y: number
  width: number
  height: number
}

export interface Edge {
  path: string
  /** Which branch it leads into; none between two steps of a block. */
  branch: { step: string; id: string; label: string } | null
  dashed: boolean
}

export interface Label {
  text: string
  x: number
  y: number
  width: number
  step: string
  id: string
  dashed: boolean
}

/** A place where a step can be put in. */
export interface Slot {
  block: string
  index: number
  x: number
  y: number
  /** Nothing is in the block yet. */
  empty: boolean
}

export interface Layout {
  width: number
  height: number
  placed: Placed[]
  frames: Frame[]
  edges: Edge[]
  labels: Label[]
  slots: Slot[]
}

export const NODE_WIDTH = 224
export const NODE_HEIGHT = 54
const GAP_Y = 30
const GAP_X = 22
const PAD = 14
const LABEL = 24
const EMPTY_HEIGHT = 34
const LABEL_WIDTH_MAX = 250

/** Branches that are not the usual way. */
const SIDE = new Set(['on_error', 'catch', 'undo', 'finally'])

interface Size {
  width: number
  height: number
}

type Sizes = Map<GraphStep | GraphBranch, Size>

function measureBlock(steps: readonly GraphStep[], sizes: Sizes): Size {
  const each = steps.map((step) => measureStep(step, sizes))
  if (each.length === 0) return { width: NODE_WIDTH, height: EMPTY_HEIGHT }
  return {
    width: Math.max(...each.map((size) => size.width)),
    height: each.reduce((sum, size) => sum + size.height, GAP_Y * (each.length - 1)),
  }
}

function measureStep(step: GraphStep, sizes: Sizes): Size {
  let size: Size = { width: NODE_WIDTH, height: NODE_HEIGHT }
  if (step.children.length > 0) {
    const inner = step.children.map((branch) => {
      const block = measureBlock(branch.steps, sizes)
      sizes.set(branch, block)
      return block
    })
    const width = inner.reduce((sum, block) => sum + block.width, GAP_X * (inner.length - 1)) + 2 * PAD
    const height = NODE_HEIGHT + GAP_Y + LABEL + Math.max(...inner.map((block) => block.height)) + GAP_Y
    size = { width: Math.max(width, NODE_WIDTH + 2 * PAD), height: height + PAD }
  }
  sizes.set(step, size)
  return size
}

interface Where {
  depth: number
  parent: GraphStep | null
  branch: string
  block: string | undefined
}

class Drawing {
  readonly out: Layout = { width: 0, height: 0, placed: [], frames: [], edges: [], labels: [], slots: [] }
  readonly sizes: Sizes = new Map()

  /** Draws a block whose middle is at `x`; answers where its last step ends. */
  block(steps: readonly GraphStep[], x: number, top: number, where: Where): number {
    if (steps.length === 0) {
      if (where.block) this.out.slots.push({ block: where.block, index: 0, x, y: top + EMPTY_HEIGHT / 2, empty: true })
      return top + EMPTY_HEIGHT
    }
    let y = top
    steps.forEach((step, index) => {
      this.out.placed.push({
        step,
        x: x - NODE_WIDTH / 2,
        y: step.children.length > 0 ? y + PAD : y,
        depth: where.depth,
        parent: where.parent?.pointer ?? null,
        branch: where.branch,
        position: index + 1,
        siblings: steps.length,
      })
      const size = this.sizes.get(step) ?? { width: NODE_WIDTH, height: NODE_HEIGHT }
      if (step.children.length > 0) this.inside(step, x, y, size, where.depth)
      if (where.block) this.out.slots.push({ block: where.block, index, x, y: index === 0 ? y - 11 : y - GAP_Y / 2, empty: false })
      y += size.height
      if (index < steps.length - 1) {
        this.out.edges.push({ path: `M${x} ${y}V${y + GAP_Y}`, branch: null, dashed: false })
        y += GAP_Y
      }
    })
    if (where.block) this.out.slots.push({ block: where.block, index: steps.length, x, y: y + 11, empty: false })
    return y
  }

  private inside(step: GraphStep, x: number, top: number, size: Size, depth: number) {
    this.out.frames.push({ step, x: x - size.width / 2, y: top, width: size.width, height: size.height })
    const head = top + PAD + NODE_HEIGHT
    const bottom = top + size.height - PAD
    const widths = step.children.map((branch) => this.sizes.get(branch)?.width ?? NODE_WIDTH)
    let left = x - widths.reduce((sum, width) => sum + width, GAP_X * (widths.length - 1)) / 2
    step.children.forEach((branch, index) => {
      const width = widths[index] ?? NODE_WIDTH
      const middle = left + width / 2
      const dashed = SIDE.has(branch.label)
      const fork = head + GAP_Y / 2
      const start = head + GAP_Y + LABEL
      const way = { step: step.pointer, id: step.id, label: branch.label }
      this.out.edges.push({ path: `M${x} ${head}V${fork}H${middle}V${start}`, branch: way, dashed })
      this.out.labels.push({ text: branch.label, x: middle, y: head + GAP_Y + LABEL / 2 - 7, width: Math.min(width, LABEL_WIDTH_MAX), step: step.pointer, id: step.id, dashed })
      const end = this.block(branch.steps, middle, start, { depth: depth + 1, parent: step, branch: branch.label, block: branch.pointer })
      const join = bottom - 4
      this.out.edges.push({ path: `M${middle} ${end}V${join}H${x}V${top + size.height}`, branch: way, dashed })
      left += width + GAP_X
    })
  }
}

/** Draws a playbook. `block` is the pointer to its top block if it can be written to. */
export function layout(steps: readonly GraphStep[], block?: string): Layout {
  const drawing = new Drawing()
  const size = measureBlock(steps, drawing.sizes)
  const margin = 40
  drawing.block(steps, size.width / 2 + margin, margin, { depth: 0, parent: null, branch: '', block })
  return { ...drawing.out, width: size.width + 2 * margin, height: size.height + 2 * margin }
}

/** The way of an arrow key from a step; null when there is nothing on that side. */
export function neighbour(placed: readonly Placed[], from: string | null, key: string): Placed | null {
  const at = placed.findIndex((each) => each.step.pointer === from)
  const here = placed[at]
  if (!here) return placed[0] ?? null
  switch (key) {
    case 'ArrowDown':
      return placed[at + 1] ?? null
    case 'ArrowUp':
      return placed[at - 1] ?? null
    case 'ArrowRight': {
      // The first step inside; else the first step of the next branch beside it.
      const inside = placed.find((each) => each.parent === from)
      return inside ?? placed.slice(at + 1).find((each) => each.parent === here.parent && each.branch !== here.branch) ?? null
    }
    case 'ArrowLeft':
      return placed.find((each) => each.step.pointer === here.parent) ?? null
    case 'Home':
      return placed[0] ?? null
    case 'End':
      return placed.at(-1) ?? null
    default:
      return null
  }
}
