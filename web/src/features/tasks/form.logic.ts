// The form of a task: what is filled in at first, what is sent, and what is missing.

export interface FormField {
  name: string
  label?: string
  type: string
  options?: unknown[]
  required?: boolean
  help?: string
}

export type Entries = Record<string, string | string[]>

/** The fields of a rendered form; anything of another shape counts as none. */
export function fieldsOf(request: unknown): FormField[] {
  if (typeof request !== 'object' || request === null || !('form' in request) || !Array.isArray(request.form)) return []
  return request.form.filter((field): field is FormField => typeof field === 'object' && field !== null && typeof field.name === 'string' && typeof field.type === 'string')
}

export function optionsOf(field: FormField): string[] {
  return (field.options ?? []).map(String)
}

export function emptyEntries(fields: readonly FormField[]): Entries {
  return Object.fromEntries(fields.map((field) => [field.name, field.type === 'choices' ? [] : '']))
}

/** What is wrong with an entry before it is sent; the server checks the rest. */
export function complaint(field: FormField, entry: string | string[] | undefined): string | undefined {
  const empty = entry === undefined || entry.length === 0
  if (empty) return field.required ? 'This is needed.' : undefined
  if (field.type === 'number' && Number.isNaN(Number(entry))) return 'This takes a number, such as 3 or 0.5.'
  return undefined
}

/** The values as the server takes them; what was left empty is left out. */
export function valuesOf(fields: readonly FormField[], entries: Entries): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const field of fields) {
    const entry = entries[field.name]
    if (entry === undefined || entry.length === 0) continue
    if (field.type === 'boolean') values[field.name] = entry === 'yes'
    else if (field.type === 'number') values[field.name] = Number(entry)
    else if (field.type === 'choice') values[field.name] = (field.options ?? []).find((option) => String(option) === entry) ?? entry
    else values[field.name] = entry
  }
  return values
}

/** A text of the rendered step. */
export function said(request: unknown, name: string): string {
  if (typeof request !== 'object' || request === null) return ''
  const value = (request as Record<string, unknown>)[name]
  if (Array.isArray(value)) return value.map(String).join(', ')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

export function isOn(request: unknown, name: string): boolean {
  return typeof request === 'object' && request !== null && (request as Record<string, unknown>)[name] === true
}

/** The most urgent first: by deadline, those without one by age. */
export function byUrgency<T extends { deadline?: string | null; asked_at: string }>(tasks: readonly T[]): T[] {
  const due = (task: T) => (task.deadline ? Date.parse(task.deadline) : Infinity)
  return [...tasks].sort((a, b) => {
    const [left, right] = [due(a), due(b)]
    return left === right ? Date.parse(a.asked_at) - Date.parse(b.asked_at) : left - right
  })
}
