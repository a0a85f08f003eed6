/** How often readers look at the clock, on a simulated one. */
import { describe, expect, it } from 'vitest'
import { csvFile } from '../src/node/files/csvFile.js'
import { mat5File } from '../src/node/files/mat5File.js'
import { encodeNpy } from '../src/node/files/npy.js'
import { npyFile } from '../src/node/files/npyFile.js'
import { npzFile } from '../src/node/files/npzFile.js'
import { encodeZip } from '../src/node/files/zip.js'

/**
 * A clock that advances one second at each look. A reader has a look at its beginning; it must look again at least once
 * for each 2^16 numbers or bytes, so that no part of the file is read unwatched.
 */
describe('the clock is watched while numbers are read, not only between arrays', () => {
  const n = 2 ** 18
  const looks = n / 2 ** 16
  const sequence = Float64Array.from({ length: n }, (_, i) => i)
  const ticking = (): { clock: () => number; count: () => number } => {
    let now = 0
    return { clock: () => now++, count: () => now }
  }
  const spent = /the budget of seconds.*\[DATA_BUDGET\]/

  /** Columns first, which takes a second pass over the numbers. */
  const columnsFirst = (): Uint8Array => {
    const bytes = Buffer.from(encodeNpy({ shape: [n / 2, 2], data: sequence }))
    const at = bytes.indexOf('False, ')
    bytes.write('True , ', at, 'latin1')
    return bytes
  }
  const mat = (): Uint8Array => {
    const element = (type: number, data: Buffer): Buffer =>
      Buffer.concat([Buffer.from(Uint32Array.of(type, data.length).buffer), data])
    const words = (...v: number[]): Buffer => Buffer.from(Int32Array.from(v).buffer)
    const head = Buffer.alloc(128)
    head.writeUInt16LE(0x0100, 124)
    head.write('IM', 126)
    const parts = [
      element(6, words(6, 0)),
      element(5, words(2, n / 2)),
      element(1, Buffer.from('sequence')),
      element(9, Buffer.from(sequence.buffer)),
    ]
    return Buffer.concat([head, element(14, Buffer.concat(parts))])
  }
  const wide = 80_000
  const row = `${Array.from({ length: wide }, (_, i) => i).join(',')}\n`
  const zip = () => encodeZip(new Map([['a.npy', columnsFirst()]]))
  type Options = { readonly clock: () => number; readonly budget?: { readonly seconds: number } }
  const readers: readonly (readonly [string, number, (options: Options) => Promise<Float64Array>])[] = [
    ['npy', 2 * looks, async (o) => (await npyFile(columnsFirst(), 'a.npy', o).read('a')).data],
    ['npz', 2 * looks, async (o) => (await (await npzFile(await zip(), 'x', o)).read('a')).data],
    ['MAT 5', 2 * looks, async (o) => (await mat5File(mat(), 'x', o).read('sequence')).data],
    [
      'one wide row of CSV',
      Math.floor(row.length / 2 ** 16) + Math.floor(wide / 2 ** 16),
      async (o) => (await (await csvFile(row, 'x', o)).read('7')).data,
    ],
    [
      'columns of CSV',
      Math.floor(row.length / 2 ** 16) + 2 * Math.floor(wide / 2 ** 16),
      async (o) => (await (await csvFile(row, 'x', o)).read('1:79999')).data,
    ],
  ]
  it.each(readers)('%s', async (_, least, read) => {
    const whole = ticking()
    const data = await read({ clock: whole.clock, budget: { seconds: 1e6 } })
    expect(data.length).toBeGreaterThan(0)
    expect(whole.count()).toBeGreaterThan(least)
    // A budget that is spent at the third look ends the reading there.
    const short = ticking()
    await expect(read({ clock: short.clock, budget: { seconds: 2 } })).rejects.toThrow(spent)
    expect(short.count()).toBeLessThan(whole.count())
  })
})
