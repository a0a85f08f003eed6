/** Tables and names of files whose other columns, missing values or marks could mislead the reader. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { encodeNpy, loadData, loadPointCloud } from '../../src/node.js'
import { csvFile } from '../../src/node/files/csvFile.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = async (text: string, name: string): Promise<number[]> => [
  ...(await (await csvFile(text, 'x')).read(name)).data,
]

test('text in the last field of a file without a final line end is not a cut number', async () => {
  expect(await read('x,y,name\n1,2,a', 'x:y')).toEqual([1, 2])
  expect(await read('x,name\n1,a\n2,b', 'x')).toEqual([1, 2])
  for (const cut of ['x,y\n1,2\n3,-', 'x,y\n1,2\n3,a', 'x,y\n1,-', 'x,y\n1,3e-', 'x;y\n1;3,'])
    await expect(read(cut, 'x')).rejects.toThrow('DATA_CORRUPT')
})

test('titles and columns that are not read do not affect the decimal mark', async () => {
  const text = 'd;x;3.5\n12.30;1,5;7\n13.45;2,5;8\n'
  expect(await read(text, 'x')).toEqual([1.5, 2.5])
  expect(await read(text, 'x:3.5')).toEqual([1.5, 7, 2.5, 8])
  expect(await read(text, 'd')).toEqual([12.3, 13.45])
  await expect(read(text, 'd:x')).rejects.toThrow(/line 2, column 2 \(x\): "1,5" .*decimal mark.*\[DATA_UNSUPPORTED\]/)
  await expect(read('x;y\n1,5;2\n2.5;3\n', 'x')).rejects.toThrow(/line 3, column 1 .*\[DATA_UNSUPPORTED\]/)
})

test.each(['NA', 'null', '?', '', 'n/a'])(
  'a first row with the missing value "%s" holds no titles',
  async (missing) => {
    const text = `${missing},1\n2,3\n4,5\n`
    expect(await read(text, '2')).toEqual([1, 3, 5])
    await expect(read(text, '1')).rejects.toThrow(/line 1, column 1 .*\[DATA_NOT_FINITE\]/)
  },
)

test('a first row with a word beside missing values holds titles', async () => {
  expect(await read('NA,u\n2,3\n', 'NA:u')).toEqual([2, 3])
})

test('a point cloud is read from a folder with # in its name, and an array of a file after the last #', async () => {
  const place = join(folder, 'C#')
  mkdirSync(place)
  writeFileSync(join(place, 'p.csv'), 'x,y\n0,0\n1,0\n0,1\n')
  writeFileSync(join(place, 'c.npy'), encodeNpy({ shape: [3, 2], data: Float64Array.of(0, 0, 2, 0, 0, 2) }))
  expect((await loadPointCloud({ points: 'p.csv' }, place)).bounds).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect((await loadPointCloud({ points: 'c.npy#c' }, place)).bounds).toEqual([
    [0, 2],
    [0, 2],
  ])
})

test('an array whose own name has a + is one array of input functions; other names are several', async () => {
  const path = join(folder, 'plus.csv')
  const row = (i: number): string => [i, i + 1, i + 2, i + 3, i, i + 5].join(',')
  const rows = Array.from({ length: 10 }, (_, i) => row(i)).join('\n')
  const options = { outputs: 'y', split: { validation: 0.2, test: 0.2 } }
  writeFileSync(path, `u+v_0,u+v_1,u,v,y_0,y_1\n${rows}\n`)
  expect((await loadData(path, { ...options, inputs: 'u+v' })).sensors).toMatchObject({ count: 2 })
  expect((await loadData(path, { ...options, inputs: 'u+v' })).sensors.functions).toBeUndefined()
  writeFileSync(path, `w_0,w_1,u,v,y_0,y_1\n${rows}\n`)
  await expect(loadData(path, { ...options, inputs: 'u+v' })).rejects.toMatchObject({ code: 'DATA_SHAPE' })
  expect((await loadData(path, { ...options, inputs: 'w+y' })).sensors.functions).toHaveLength(2)
})
