import { describe, expect, test } from 'vitest'
import { override } from '../../mock/setup'
import { client, read } from './client'
import { Failure, asFailure, failureOf } from './errors'
import { parseChange } from './live'

describe('errors', () => {
  test('a problem document keeps its hint', () => {
    const failure = failureOf({ code: 'case.state', title: 'Bad', detail: 'It is closed.', hint: 'Reopen it.' }, new Response(null, { status: 400 }))
    expect(failure).toMatchObject({ status: 400, code: 'case.state', message: 'It is closed.', hint: 'Reopen it.' })
  })
  test('an answer that is no problem document still says what to do', () => {
    const failure = failureOf('<html>', new Response(null, { status: 502, statusText: 'Bad Gateway' }))
    expect(failure.message).toBe('The server answered 502 Bad Gateway.')
    expect(failure.hint).not.toBe('')
  })
  test('anything thrown becomes a failure', () => {
    expect(asFailure(new Error('x')).message).toBe('x')
    expect(asFailure('y').message).toBe('y')
  })
})

describe('client', () => {
  test('an answer that never came is a failure with status 0', async () => {
    override.reply = () => 'unreachable'
    await expect(read(client.GET('/api/v1/cases/counts'))).rejects.toMatchObject({ status: 0, code: 'unreachable' })
  })
  test('a refusal is thrown as it was said', async () => {
    override.reply = () => ({ status: 409, body: { code: 'conflict', title: '', detail: 'Somebody was faster.', hint: 'Read it again.' } })
    const error = await read(client.GET('/api/v1/cases/counts')).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ message: 'Somebody was faster.', hint: 'Read it again.' })
  })
  test('every request carries the header against forged requests', async () => {
    let header: string | null = null
    const answering = globalThis.fetch
    globalThis.fetch = (request) => {
      header = (request as Request).headers.get('x-updraft-csrf')
      return answering(request)
    }
    await read(client.GET('/api/v1/cases/counts'))
    expect(header).toBe('1')
  })
})

describe('events', () => {
  test('an event names what to read again', () => {
    expect(parseChange('case', '{"kind":"case","id":"case_1"}')).toEqual({ kind: 'case', id: 'case_1' })
    expect(parseChange('run', '{"kind":"run","id":"run_1","case":"case_1","state":"running"}')).toEqual({ kind: 'run', id: 'run_1', case: 'case_1', state: 'running' })
  })
  test('a malformed one asks for everything again', () => {
    for (const data of ['', '{', 'null', '[]', '{"id":3}']) expect(parseChange('case', data)).toEqual({ kind: 'resync' })
    expect(parseChange('resync', '{}')).toEqual({ kind: 'resync' })
  })
})
