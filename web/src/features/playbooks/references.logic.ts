// From a value that is seen to the expression that gives it.

/** `steps.look.output` and `['answers', 0, 'a b']` → `steps.look.output.answers[0]['a b']`. */
export function reference(root: string, keys: readonly (string | number)[]): string {
  return keys.reduce<string>((at, key) => {
    if (typeof key === 'number') return `${at}[${key}]`
    return /^[A-Za-z_]\w*$/.test(key) ? `${at}.${key}` : `${at}['${key.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`
  }, root)
}

/** In a template it stands in braces, in a condition bare; a lone reference in an empty field is the whole of it. */
export function inserted(value: string, start: number, end: number, ref: string, bare: boolean): { value: string; caret: number } {
  const open = value.lastIndexOf('{{', start)
  const inHole = open >= 0 && value.indexOf('}}', open) >= start
  const text = bare || inHole ? ref : `{{ ${ref} }}`
  return { value: value.slice(0, start) + text + value.slice(end), caret: start + text.length }
}
