export const PASSWORD_CHARS_MIN = 12

/** What keeps the form from being sent, or null. */
export function passwordProblem(current: string, next: string, again: string): string | null {
  if (!current) return 'Enter the one-time password you signed in with.'
  if ([...next].length < PASSWORD_CHARS_MIN) return `The new password needs at least ${PASSWORD_CHARS_MIN} characters.`
  if (next === current) return 'The new password must differ from the one-time password.'
  if (next !== again) return 'The two new passwords differ.'
  return null
}
