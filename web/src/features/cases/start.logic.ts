// What a playbook takes at its start: from what is typed to values of their types.

export interface InputSpec {
  name: string
  type: string
  required: boolean
  default: unknown
  options: unknown[]
  summary: string
}

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The values that were given, and what is wrong with the others; what is left empty keeps its default. */
export function startValues(specs: readonly InputSpec[], entries: Record<string, string>): { values: Record<string, unknown>; wrong: Record<string, string> } {
  const values: Record<string, unknown> = {}
  const wrong: Record<string, string> = {}
  for (const spec of specs) {
    const text = entries[spec.name] ?? ''
    if (text === '') {
      if (spec.required) wrong[spec.name] = 'This is needed.'
      continue
    }
    const option = spec.options.find((each) => textOf(each) === text)
    if (option !== undefined) values[spec.name] = option
    else if (['string', 'secret', 'restricted'].includes(spec.type)) values[spec.name] = text
    else {
      try {
        values[spec.name] = JSON.parse(text) as unknown
      } catch {
        if (spec.type === 'any') values[spec.name] = text
        else wrong[spec.name] = `This takes a value of the type ${spec.type}, written as JSON.`
      }
    }
  }
  return { values, wrong }
}
