import { SpikewardError } from '@spikeward/core/backend'
import type { Faults } from './faults.js'

/** A cache of compiled shaders. */
export interface Pipelines {
  readonly layout: GPUBindGroupLayout
  /** The pipeline of `code`, compiled now if it is not cached. */
  now(code: string): GPUComputePipeline
  /** Compiles the shaders that are not cached, asynchronously. */
  prepare(codes: readonly string[]): Promise<void>
  /** Keeps the pipelines of an executable in the cache until the returned function is called. */
  hold(codes: readonly string[]): () => void
}

/**
 * The number of cached pipelines without a live executable; the least recently used are dropped first. On a software
 * renderer each takes a quarter of a MiB or more.
 */
const IDLE = 128

/**
 * Makes the cache. All shaders have the same bindings: the memory, the table of addresses, the index of loops on the
 * host.
 */
export function pipelines(device: GPUDevice, faults: Faults): Pipelines {
  const COMPUTE = 4
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: COMPUTE, buffer: { type: 'storage' } },
      { binding: 1, visibility: COMPUTE, buffer: { type: 'uniform' } },
      { binding: 2, visibility: COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
    ],
  })
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] })
  const known = new Map<string, GPUComputePipeline>()
  /** The number of live executables that use a shader. */
  const uses = new Map<string, number>()
  const evict = (): void => {
    let idle = 0
    for (const code of known.keys()) if (!uses.has(code)) idle++
    for (const oldest of known.keys()) {
      if (idle <= IDLE) break
      if (uses.has(oldest)) continue
      known.delete(oldest)
      idle--
    }
  }
  const keep = (code: string, pipeline: GPUComputePipeline): GPUComputePipeline => {
    const isNew = !known.delete(code)
    known.set(code, pipeline)
    if (isNew) evict()
    return pipeline
  }
  const describe = (code: string): GPUComputePipelineDescriptor => ({
    layout: pipelineLayout,
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  })
  return {
    layout,
    hold(codes) {
      const keys = new Set(codes)
      for (const code of keys) uses.set(code, (uses.get(code) ?? 0) + 1)
      return () => {
        for (const code of keys) {
          const left = (uses.get(code) ?? 0) - 1
          if (left > 0) uses.set(code, left)
          else uses.delete(code)
        }
        evict()
      }
    },
    now(code) {
      const pipeline = known.get(code)
      if (pipeline !== undefined) return keep(code, pipeline)
      return keep(
        code,
        faults.watch(`compiling a shader\n${code}`, () => device.createComputePipeline(describe(code))),
      )
    },
    async prepare(codes) {
      const missing = [...new Set(codes)].filter((code) => !known.has(code))
      await Promise.all(
        missing.map(async (code) => {
          try {
            keep(code, await device.createComputePipelineAsync(describe(code)))
          } catch (cause) {
            faults.check()
            throw new SpikewardError(
              'SHADER_REFUSED',
              `the device cannot compile a shader: ${cause instanceof Error ? cause.message : String(cause)}; this is a bug in the webgpu backend or in the driver`,
              { cause },
            )
          }
        }),
      )
    },
  }
}
