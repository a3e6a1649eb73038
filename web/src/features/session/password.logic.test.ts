import { expect, test } from 'vitest'
import { passwordProblem } from './password.logic'

test('a new password is long, new and typed twice', () => {
  expect(passwordProblem('', 'x'.repeat(12), 'x'.repeat(12))).toMatch(/one-time password/)
  expect(passwordProblem('once', 'short', 'short')).toMatch(/12 characters/)
  expect(passwordProblem('x'.repeat(12), 'x'.repeat(12), 'x'.repeat(12))).toMatch(/differ from/)
  expect(passwordProblem('once', 'x'.repeat(12), 'y'.repeat(12))).toMatch(/two new passwords differ/)
  expect(passwordProblem('once', 'x'.repeat(12), 'x'.repeat(12))).toBeNull()
})
