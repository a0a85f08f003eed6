import { expect, test } from 'vitest'
import { alignedTable, table } from '../../src/io/texts.js'

test('a table in Markdown escapes what would begin another cell or row', () => {
  expect(table(['option', 'value'], [['|∇L|', 'one\ntwo']])).toBe(
    '| option | value |\n| - | - |\n| \\|∇L\\| | one two |\n',
  )
})

test('a table of a terminal has columns of the same width', () => {
  expect(alignedTable(['a', 'long'], [['wide', 'b']])).toBe('| a    | long |\n| ---- | ---- |\n| wide | b    |\n')
})
