// The settings that a connector's manifest declares, as fields of a form.

export interface Setting {
  name: string
  type: string
  required: boolean
  title: string
  summary: string
  example: string
  choices: string[]
  fallback: string
}

export type Values = Record<string, string>

const text = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))

/** Reads `{name: {type, required, default, title, summary, example, enum}}`; what is no declaration is left out. */
export function settingsOf(declared: unknown): Setting[] {
  if (typeof declared !== 'object' || declared === null) return []
  return Object.entries(declared).flatMap(([name, spec]) => {
    if (typeof spec !== 'object' || spec === null) return []
    const fields = spec as Record<string, unknown>
    const choices = Array.isArray(fields['enum']) ? fields['enum'].map(text) : []
    return [
      {
        name,
        type: text(fields['type']) || 'string',
        required: fields['required'] === true,
        title: text(fields['title']),
        summary: text(fields['summary']),
        example: text(fields['example']),
        choices,
        fallback: text(fields['default']),
      },
    ]
  })
}

/** The values of a form for what is configured; settings that are not set are empty. */
export function formOf(settings: readonly Setting[], configured: Record<string, unknown>): Values {
  return Object.fromEntries(settings.map(({ name }) => [name, text(configured[name])]))
}

/** What is wrong with the form, by field. */
export function problemsOf(settings: readonly Setting[], values: Values): Values {
  const problems: Values = {}
  for (const setting of settings) {
    const value = (values[setting.name] ?? '').trim()
    if (!value) {
      if (setting.required && !setting.fallback) problems[setting.name] = 'This is needed.'
    } else if (setting.type === 'integer' && !/^-?\d+$/.test(value)) problems[setting.name] = 'This must be a whole number.'
    else if (setting.type === 'number' && Number.isNaN(Number(value))) problems[setting.name] = 'This must be a number.'
    else if ((setting.type === 'list' || setting.type === 'object') && parse(value) === undefined) problems[setting.name] = 'This must be JSON.'
  }
  return problems
}

/** The settings as the API takes them: typed, and without empty ones. */
export function settingsFrom(settings: readonly Setting[], values: Values): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const { name, type } of settings) {
    const value = (values[name] ?? '').trim()
    if (!value) continue
    if (type === 'boolean') out[name] = value === 'true'
    else if (type === 'integer' || type === 'number') out[name] = Number(value)
    else if (type === 'list' || type === 'object') out[name] = parse(value)
    else out[name] = value
  }
  return out
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
