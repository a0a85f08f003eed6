/** Damaged files make the HDF5 library trap only by chance, so these tests use a library that traps on purpose. */
import { describe, expect, test, vi } from 'vitest'
import { type Library, loadLibrary, withFile } from '../../src/hdf5/hdf5Library.js'

const trap: () => never = () => {
  throw new WebAssembly.RuntimeError('memory access out of bounds')
}

type Steps = { readonly open?: () => void; readonly close?: () => void }

/** A library whose steps succeed, except those that `steps` replaces. */
function libraryOf(steps: Steps) {
  const closed = vi.fn(steps.close ?? (() => {}))
  const unlink = vi.fn()
  class File {
    constructor() {
      steps.open?.()
    }
    close(): void {
      closed()
    }
  }
  const library = { h5: { File }, files: { writeFile() {}, readFile: () => new Uint8Array(), unlink } }
  return { library: library as unknown as Library, closed, unlink }
}

const bytes = new Uint8Array(8)
const failed = expect.objectContaining({ code: 'NIR_LIBRARY_FAILED' }) as Error

describe('a trap', () => {
  const moments: readonly (readonly [string, Steps, () => unknown])[] = [
    ['while the file opens', { open: trap }, () => 1],
    ['in the work', {}, trap],
    ['while the file closes', { close: trap }, () => 1],
  ]
  test.each(moments)('%s has a code, and the file is removed', (_, steps, work) => {
    const { library, unlink } = libraryOf(steps)
    expect(() => withFile(library, bytes, work)).toThrow(failed)
    expect(unlink).toHaveBeenCalledOnce()
  })

  test('of an earlier file has a code when the library is loaded again', async () => {
    const { ready } = await import('h5wasm')
    const module = await ready
    const healthy = vi.spyOn(module, 'activate_throwing_error_handler').mockImplementation(trap)
    await expect(loadLibrary()).rejects.toThrow(failed)
    healthy.mockRestore()
    expect(await loadLibrary()).toBeDefined()
  })
})

test('an error of the library itself means a damaged file, and the file is closed', () => {
  const { library, closed } = libraryOf({})
  const refuse: () => number = () => {
    throw new Error('unable to open object')
  }
  expect(() => withFile(library, bytes, refuse)).toThrow(expect.objectContaining({ code: 'NIR_MALFORMED' }) as Error)
  expect(closed).toHaveBeenCalledOnce()
})
