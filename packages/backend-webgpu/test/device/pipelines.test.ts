/** The cache of compiled shaders, on a device that counts them. */
import { describe, expect, test } from 'vitest'
import { pipelines } from '../../src/device/pipelines.js'

function counting() {
  const compiled: string[] = []
  const device = {
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createShaderModule: ({ code }: { code: string }) => code,
    createComputePipeline: ({ compute }: { compute: { module: string } }) => {
      compiled.push(compute.module)
      return { code: compute.module }
    },
  }
  const faults = { watch: <T>(_: string, work: () => T): T => work(), check: () => undefined }
  return { cache: pipelines(device as unknown as GPUDevice, faults as never), compiled }
}
const codes = (n: number, from = 0): string[] => Array.from({ length: n }, (_, i) => `shader ${from + i}`)

describe('pipelines', () => {
  test('of live executables stay, however many they are', () => {
    const { cache, compiled } = counting()
    const release = cache.hold(codes(500))
    for (let run = 0; run < 3; run++) for (const code of codes(500)) cache.now(code)
    expect(compiled).toHaveLength(500)
    release()
  })

  test('of disposed executables stay for a while, the most recent ones longest', () => {
    const { cache, compiled } = counting()
    const [first, second] = [cache.hold(codes(300)), cache.hold(codes(10))]
    for (const code of codes(300)) cache.now(code)
    first()
    compiled.length = 0
    // Held by the second executable, and those used last.
    for (const code of [...codes(10), ...codes(100, 200)]) cache.now(code)
    expect(compiled).toEqual([])
    for (const code of codes(20, 100)) cache.now(code)
    expect(compiled).toHaveLength(20)
    second()
  })

  test('of many short-lived executables are not all kept', () => {
    const { cache, compiled } = counting()
    for (let i = 0; i < 1000; i++) {
      const release = cache.hold([`shader ${i}`])
      cache.now(`shader ${i}`)
      release()
    }
    compiled.length = 0
    for (let i = 999; i >= 0; i--) cache.now(`shader ${i}`)
    expect(1000 - compiled.length).toBe(128)
  })
})
