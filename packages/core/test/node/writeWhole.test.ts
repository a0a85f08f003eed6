import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import type * as Files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeWhole } from '../../src/node.js'

/** The code with which the disk refuses a write when half of it is written; null if there is room. */
let refusal: string | null = null

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof Files>()
  const open = async (...args: Parameters<typeof fs.open>): Promise<Files.FileHandle> => {
    const handle = await fs.open(...args)
    const write = handle.writeFile.bind(handle)
    handle.writeFile = async (data) => {
      if (refusal === null) return write(data)
      await write(String(data).slice(0, 3))
      throw Object.assign(new Error(`${refusal}: no room`), { code: refusal, syscall: 'write' })
    }
    return handle
  }
  return { ...fs, open }
})

let folder = ''
beforeEach(async () => {
  refusal = null
  folder = await mkdtemp(join(tmpdir(), 'spikeward-whole-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('writeWhole', () => {
  it('replaces a file, and leaves no other file', async () => {
    const path = join(folder, 'a')
    await writeFile(path, 'old')
    await writeWhole(path, 'new')
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EIO', 'FILE_UNWRITABLE'],
  ])('keeps the old content where the disk answers %s, with the code %s', async (answer, code) => {
    const path = join(folder, 'a')
    await writeFile(path, 'old content')
    refusal = answer
    await expect(writeWhole(path, 'new content')).rejects.toMatchObject({ code })
    expect(await readFile(path, 'utf8')).toBe('old content')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('names the place and the reason where no file can be made', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(writeWhole(join(folder, 'file', 'a'), 'text')).rejects.toThrow(
      /file\/a cannot be written: a part of the path is a file \(ENOTDIR\); check the path \[FILE_UNWRITABLE\]/,
    )
    await expect(writeWhole(join(folder, 'none', 'a'), 'text')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    await expect(writeWhole(folder, 'text')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('leaves a whole file of one writer where many write at once', async () => {
    const path = join(folder, 'a')
    const texts = Array.from({ length: 16 }, (_, i) => `${i} `.repeat(10_000))
    await Promise.all(texts.map((text) => writeWhole(path, text)))
    expect(texts).toContain(await readFile(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['a'])
  })
})
