import { expect, it } from 'vitest'
import { SpikewardError } from '../../src/index.js'
import { fileError, reading, systemError } from '../../src/node.js'

const refused = (code: string): Error =>
  Object.assign(new Error(`${code}: planted`), { code, syscall: 'mkdir', path: '/runs/one' })

it('an error of the system gets a code, its reason and a remedy; every other error stays', async () => {
  const cause = refused('EACCES')
  expect(fileError('a.csv', cause)).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: 'a.csv cannot be read: permission denied (EACCES); check its permissions [FILE_UNREADABLE]',
    cause,
  })
  expect(systemError(cause)).toMatchObject({
    code: 'FILE_SYSTEM',
    message: 'the system refuses mkdir of /runs/one: permission denied (EACCES); check its permissions [FILE_SYSTEM]',
  })
  // A reason without a text of ours is the system's own.
  expect((systemError(refused('ESTALE')) as Error).message).toContain('ESTALE: planted (ESTALE); ')
  for (const other of [new SpikewardError('DATA_CORRUPT', 'no'), new TypeError('x'), 'text']) {
    expect([fileError('a', other), systemError(other)]).toEqual([other, other])
    await expect(reading('a', () => Promise.reject(other as Error))).rejects.toBe(other)
  }
  expect(await reading('a', async () => 1)).toBe(1)
})
