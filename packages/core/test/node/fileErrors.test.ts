import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { SpikewardError } from '../../src/index.js'
import { fileError, reading, systemError, writeError, writing } from '../../src/node.js'

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
  // A reason that we have no text for has the system's own.
  expect((systemError(refused('ESTALE')) as Error).message).toContain('ESTALE: planted (ESTALE); ')
  for (const other of [new SpikewardError('DATA_CORRUPT', 'no'), new TypeError('x'), 'text']) {
    expect([fileError('a', other), systemError(other)]).toEqual([other, other])
    await expect(reading('a', () => Promise.reject(other as Error))).rejects.toBe(other)
  }
  expect(await reading('a', async () => 1)).toBe(1)
})
it('an error of the system while a file is written says whether there is no space', async () => {
  expect(writeError('run', refused('EACCES'))).toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: 'run cannot be written: permission denied (EACCES); check its permissions [FILE_UNWRITABLE]',
  })
  for (const full of ['ENOSPC', 'EDQUOT', 'EFBIG'])
    expect(writeError('run', refused(full), 'the old one stays')).toMatchObject({
      code: 'DISK_FULL',
      message: `run was not written: there is no space (${full}); the old one stays; free some space, or name a folder on another disk [DISK_FULL]`,
    })
  await expect(writing('a', () => Promise.reject(refused('EROFS')))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  const bug = new TypeError('x')
  await expect(writing('a', () => Promise.reject(bug))).rejects.toBe(bug)
  expect(await writing('a', async () => 1)).toBe(1)
})

it('a path with a null character is refused like any other that the system refuses', async () => {
  const path = 'a\0b'
  const why = /: a path cannot hold a null character \(ERR_INVALID_ARG_VALUE\); check the path/
  await expect(reading(path, () => readFile(path))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringMatching(why) as string,
  })
  await expect(writing(path, () => writeFile(path, ''))).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringMatching(why) as string,
  })
})
