// What can be done to the steps of a playbook: each is a change of its text and says which step to choose afterwards.
import { Refused, insertedItem, linesOf, removalOf, unflowed } from './blocks'
import { kindOf } from './kinds'
import { type DocStep, freeId, readPlaybook, stepOfPointer } from './model'
import { renamed } from './references'
import { type Path, applied, pathOf, pointerOf } from './yaml'

export interface Edited {
  text: string
  /** The pointer of the step to choose; null when it is gone. */
  choose: string | null
}

export interface Place {
  block: string
  index: number
}

/** The lines of a new step. */
export function newStep(kind: string, id: string, more: { value?: string; title?: string } = {}): string[] {
  const known = kindOf(kind)
  if (!known) throw new Refused(`There is no kind of step \`${kind}\`.`)
  const [, ...rest] = known.template
  // What the template's own example is given makes no sense for another subject.
  const bare = rest.filter((line) => !line.startsWith(' ')).map((line) => line.replace(/^with:$/, 'with: {}'))
  const body = more.value === undefined ? known.template : [`${kind}: ${more.value}`, ...bare]
  return [`- id: ${id}`, ...(more.title ? [`  title: ${JSON.stringify(more.title)}`] : []), ...body.map((line) => `  ${line}`)]
}

/** Puts lines in as a step. */
export function insertStep(text: string, place: Place, lines: readonly string[]): Edited {
  const done = insertedItem(text, pathOf(place.block), place.index, lines)
  return { text: done.text, choose: pointerAt(done.text, done.at) }
}

/** The step that begins at a dash. */
function pointerAt(text: string, dash: number): string | null {
  const after = /\S/.exec(text.slice(dash + 1))
  const from = dash + 1 + (after?.index ?? 0)
  return readPlaybook(text).all.find((step) => step.from === from)?.pointer ?? null
}

export function removeStep(source: string, pointer: string): Edited {
  const path = pathOf(pointer)
  const text = unflowed(source, path.slice(0, -1))
  const change = removalOf(text, path)
  const after = applied(text, [change])
  return { text: after, choose: neighbourOf(after, path) }
}

/** The step that stands where one was, or the one before it, or the one around it. */
function neighbourOf(text: string, path: Path): string | null {
  const doc = readPlaybook(text)
  const index = Number(path.at(-1))
  const same = [...path.slice(0, -1), index]
  const before = [...path.slice(0, -1), index - 1]
  for (const each of [same, before]) {
    const found = stepOfPointer(doc, pointerOf(each))
    if (found) return found.pointer
  }
  const around = doc.all.filter((step) => pointerOf(path).startsWith(`${step.pointer}/`)).at(-1)
  return around?.pointer ?? null
}

/** Takes a step with its comments to another place. */
export function moveStep(source: string, pointer: string, place: Place): Edited {
  const path = pathOf(pointer)
  const target = pathOf(place.block)
  if (`${place.block}/`.startsWith(`${pointer}/`)) throw new Refused('A step cannot be moved into itself.')
  const sameBlock = pointerOf(path.slice(0, -1)) === place.block
  if (sameBlock && (place.index === Number(path.at(-1)) || place.index === Number(path.at(-1)) + 1)) return { text: source, choose: pointer }
  // Both lists in lines first: pointers do not change by it.
  const text = unflowed(unflowed(source, path.slice(0, -1)), target)
  const lines = linesOf(text, path)
  const removal = removalOf(text, path)
  const inserted = insertedItem(text, target, place.index, lines)
  const after = applied(text, [inserted.change, removal])
  const shift = inserted.change.from <= removal.from ? 0 : removal.insert.length - (removal.to - removal.from)
  const moved = inserted.at + shift
  return { text: after, choose: pointerAt(after, moved) }
}

/** Up or down by one in its block; out of it at the edge. */
export function nudgeStep(text: string, pointer: string, by: 1 | -1): Edited {
  const path = pathOf(pointer)
  const block = pointerOf(path.slice(0, -1))
  const index = Number(path.at(-1))
  const doc = readPlaybook(text)
  const siblings = doc.all.filter((step) => pointerOf(step.path.slice(0, -1)) === block).length
  const next = by < 0 ? index - 1 : index + 2
  if (next >= 0 && next <= siblings) return moveStep(text, pointer, { block, index: next })
  const around = doc.all.filter((step) => pointer.startsWith(`${step.pointer}/`)).at(-1)
  if (!around) return { text, choose: pointer }
  const outer = pointerOf(around.path.slice(0, -1))
  return moveStep(text, pointer, { block: outer, index: Number(around.path.at(-1)) + (by < 0 ? 0 : 1) })
}

/** Into the first block of the step above it. */
export function indentStep(text: string, pointer: string): Edited {
  const path = pathOf(pointer)
  const above = stepOfPointer(readPlaybook(text), pointerOf([...path.slice(0, -1), Number(path.at(-1)) - 1]))
  const block = above?.children[0]
  if (!block) throw new Refused('The step above has no place inside.')
  return moveStep(text, pointer, { block: block.pointer, index: block.steps.length })
}

/** A copy behind the step; it and the steps inside it get new ids, and what the copy says of itself follows. */
export function duplicateStep(source: string, pointer: string): Edited {
  const path = pathOf(pointer)
  const text = unflowed(source, path.slice(0, -1))
  const doc = readPlaybook(text)
  const step = stepOfPointer(doc, pointer)
  if (!step) throw new Refused('There is no such step any more.')
  const inside = doc.all.filter((each) => each === step || each.pointer.startsWith(`${pointer}/`))
  const taken = new Set<string>()
  let copy = `steps:\n${linesOf(text, path).join('\n')}\n`
  for (const each of inside) {
    if (!each.id) continue
    const id = freeId(doc, each.id, taken)
    taken.add(id)
    copy = renamed(copy, each.id, id)
  }
  const lines = copy.slice('steps:\n'.length).trimEnd().split('\n')
  return insertStep(text, { block: pointerOf(path.slice(0, -1)), index: Number(path.at(-1)) + 1 }, lines)
}

/** One more case of a switch, before `else`, or one more branch of a parallel. */
export function addBranch(text: string, step: DocStep): Edited {
  if (step.kind === 'switch') {
    const place = step.children.findIndex((branch) => branch.label === 'else')
    const count = step.children.filter((branch) => branch.pointer.includes('/switch/')).length
    const done = insertedItem(text, [...step.path, 'switch'], place < 0 ? count : place, ['- when: "true"', '  do: []'])
    return { text: done.text, choose: step.pointer }
  }
  if (step.kind === 'parallel') {
    const list = step.children.find((branch) => /\/parallel\/(branches\/)?\d+$/.test(branch.pointer))
    if (!list) throw new Refused('Its branches have names. Add one in the text.')
    const path = pathOf(list.pointer).slice(0, -1)
    return { text: insertedItem(text, path, step.children.length, ['- []']).text, choose: step.pointer }
  }
  throw new Refused('Only a switch or a parallel step has branches to add.')
}

/** Gives a step another id; everything that refers to it follows. */
export function renameStep(text: string, pointer: string, id: string): Edited {
  const doc = readPlaybook(text)
  const step = stepOfPointer(doc, pointer)
  if (!step) throw new Refused('There is no such step any more.')
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(id)) throw new Refused('An id is made of small letters, digits and `_`, a letter first, at most 64.')
  if (id !== step.id && doc.all.some((each) => each.id === id)) throw new Refused(`Another step has the id \`${id}\`.`)
  return { text: renamed(text, step.id, id), choose: pointer }
}

export { Refused }
