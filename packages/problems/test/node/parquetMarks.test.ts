import { expect, test } from 'vitest'
import { isParquet } from '../../src/node/files/parquetFile.js'

test('a Parquet file has its mark at both ends', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  expect(isParquet(bytes('PAR1....PAR1'))).toBe(true)
  for (const text of ['PAR1....PAR2', 'PAR2....PAR1', 'PAR1...PAR1']) expect(isParquet(bytes(text))).toBe(false)
})
