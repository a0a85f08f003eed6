import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { jit, matmul, tanh, tensor, type Tensor } from '@spikeward/core'
import { webgpu } from '../src/index.js'
import { adapterMissing } from './adapter.js'

const absent = await adapterMissing()
const fileOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('the example of the README runs', async (context) => {
  if (absent !== null) context.skip(absent)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  // readme
  const backend = await webgpu()
  // biome-ignore format: as a reader would write it
  const x = tensor([[1, 2], [3, 4]], { backend })
  const f = jit((a: Tensor) => tanh(matmul(a, a)))
  console.log(await f(x).data())
  await backend[Symbol.asyncDispose]()
  // end
  const [[printed]] = log.mock.calls as [[Float32Array]]
  log.mockRestore()
  expect(Array.from(printed)).toEqual([7, 10, 15, 22].map((v) => expect.closeTo(Math.tanh(v), 6) as number))
})

test('the README shows the example that runs', () => {
  const [, shown = ''] = /await webgpu([\s\S]*?)```/.exec(fileOf('../README.md')) ?? []
  const [, ran = ''] = /\/\/ readme\n([\s\S]*?) {2}\/\/ end/.exec(fileOf('./readme.test.ts')) ?? []
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((l) => l.trim())
      .filter((l) => l !== '' && !l.startsWith('//'))
  expect(lines(ran)).toEqual(lines(`const backend = await webgpu${shown}`))
})
