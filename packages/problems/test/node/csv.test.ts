/** Tables whose other columns, missing values or decimal marks could mislead the reader. */
import { expect, test } from 'vitest'
import { csvFile } from '../../src/node/files/csvFile.js'

const read = async (text: string, name: string): Promise<number[]> => [
  ...(await (await csvFile(text, 'x')).read(name)).data,
]

test('text in the last field of a file without a final line end is not a cut number', async () => {
  expect(await read('x,y,name\n1,2,a', 'x:y')).toEqual([1, 2])
  expect(await read('x,name\n1,a\n2,b', 'x')).toEqual([1, 2])
  for (const cut of ['x,y\n1,2\n3,-', 'x,y\n1,2\n3,a', 'x,y\n1,-', 'x,y\n1,3e-', 'x;y\n1;3,'])
    await expect(read(cut, 'x')).rejects.toThrow('DATA_CORRUPT')
})

test('titles and columns that are not read have no part in the decimal mark', async () => {
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
