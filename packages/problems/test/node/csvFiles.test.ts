import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempt, dice, isWhole, read } from './fileSupport.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-csv-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('CSV files', () => {
  it('names, groups, ranges, separators, comments, and no names at all', async () => {
    const path = join(folder, 'table.csv')
    await writeFile(path, '# made by hand\nf_0;f_1;f_2;y;"u(1)"\n1;2;3;-4e-1;5\r\n6;7;8;inf;10\n\n')
    expect(await read(path, 'f')).toEqual({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 6, 7, 8) })
    expect(await read(path, 'f_1')).toEqual({ shape: [2], data: Float64Array.of(2, 7) })
    expect(await read(path, 'f_2:y')).toEqual({ shape: [2, 2], data: Float64Array.of(3, -0.4, 8, Infinity) })
    await writeFile(path, '1 2\n3 4\n')
    expect(await read(path, '1:2')).toEqual({ shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) })
    await writeFile(path, 'a,b\n1,2\n3,x\n')
    expect(await read(path, 'a')).toEqual({ shape: [2], data: Float64Array.of(1, 3) })
    for (const name of ['b', 'a:b'])
      await expect(read(path, name)).rejects.toThrow(
        'line 3, column 2 (b): "x" is not a number; name only columns of numbers',
      )
    await writeFile(path, 'a;b\n1,5;-0,25\n,5;1,2e1\n')
    expect(await read(path, 'a:b')).toEqual({ shape: [2, 2], data: Float64Array.of(1.5, -0.25, 0.5, 12) })
    await writeFile(path, '1,5;2\n3;4\n')
    expect(await read(path, '1')).toEqual({ shape: [2], data: Float64Array.of(1.5, 3) })
    for (const mixed of ['a;b\n1,5;2\n3;1.5\n', 'a;b\n1.5;2\n3;1,5\n', 'a,b\n1.5,2\n3,"1,5"\n']) {
      await writeFile(path, mixed)
      await expect(read(path, 'a:b')).rejects.toThrow(/line 3, column 2 .*decimal mark.*\[DATA_UNSUPPORTED\]/)
    }
    for (const missing of ['', 'NA', '?']) {
      await writeFile(path, `a,b\n1,2\n\n3,${missing}\n4,x\n`)
      await expect(read(path, 'b')).rejects.toThrow(
        /line 4, column 2 \(b\).*: the value is missing; remove such rows or fill them in \[DATA_NOT_FINITE\]/,
      )
    }
    await writeFile(path, 'a,b\n1,2\n3\n')
    await expect(read(path, 'a')).rejects.toThrow('line 3 has 1 fields')
  })

  it('cut anywhere: whole rows, or a clear error; only its last number may be shorter', async () => {
    const path = join(folder, 'cut.csv')
    const text = 'f_0,f_1,u\n1.25,-2,3e-1\n40,5.5,inf\n7,8,-9.125\n'
    const whole = [1.25, -2, 0.3, 40, 5.5, Infinity, 7, 8, -9.125]
    let rows = 0
    let refused = 0
    for (let cut = 0; cut <= text.length; cut++) {
      await writeFile(path, text.slice(0, cut))
      const { codes, arrays } = await attempt(path, ['f_0', 'f_1', 'u'])
      if (codes.length > 0) {
        expect(arrays, `cut at ${cut}`).toEqual([])
        refused++
        continue
      }
      const count = arrays[0]!.data.length
      expect(count, `cut at ${cut}`).toBe(text.slice(0, cut).trimEnd().split('\n').length - 1)
      const read = Array.from({ length: 3 * count }, (_, i) => arrays[i % 3]!.data[Math.floor(i / 3)])
      // A row that ends with an end of line is whole; of one without, all numbers but the last are.
      const sure = text[cut - 1] === '\n' || text[cut] === '\n' || cut === text.length ? read.length : read.length - 1
      expect(read.slice(0, sure), `cut at ${cut}`).toEqual(whole.slice(0, sure))
      rows = Math.max(rows, count)
    }
    expect(rows).toBe(3)
    expect(refused).toBeGreaterThan(text.length / 2)
  })

  it('with bytes flipped is a clear error or a table of whole rows, never a crash', async () => {
    const path = join(folder, 'flip.csv')
    const text = 'f_0,f_1,u\n1.25,-2,3e-1\n40,5.5,inf\n7,8,-9.125\n'
    const next = dice(7)
    let [refused, taken] = [0, 0]
    for (let i = 0; i < 200; i++) {
      const bytes = Buffer.from(text)
      for (let k = 0; k <= i % 3; k++) bytes[next(bytes.length)]! ^= 1 << next(8)
      await writeFile(path, bytes)
      const { codes, arrays } = await attempt(path)
      expect(arrays.every(isWhole)).toBe(true)
      if (codes.length > 0) refused++
      else taken++
    }
    expect(Math.min(refused, taken)).toBeGreaterThan(0)
  })
})
