import type { Backend, DeviceBuffer } from '../backend/backend.js'
import { hostArray } from '../tensor/dtype.js'
import { countPlan } from './countPlan.js'

/**
 * A backend that allocates no memory and computes nothing: every number that is read is 0. Its compiled plans report
 * the cost, and `stats` the memory that another backend would hold, so that a step too large for this machine can be
 * counted.
 *
 * @example
 * const backend = countingBackend()
 * jit((x: Tensor) => matmul(x, x), { backend })(zeros([65_536, 65_536], { backend }))
 * console.log(backend.stats().peakBytes)
 */
export function countingBackend(): Backend {
  const count = { allocations: 0, liveBuffers: 0, liveBytes: 0, peakBytes: 0, compilations: 0, runs: 0 }
  const hold = (bytes: number): void => {
    count.liveBytes += bytes
    count.peakBytes = Math.max(count.peakBytes, count.liveBytes)
  }
  const live = new Set<DeviceBuffer>()
  return {
    name: 'counting',
    capabilities: {
      dtypes: ['f32', 'f64', 'i32', 'u32', 'bool'],
      threads: 1,
      features: [],
      maxBufferBytes: Number.MAX_SAFE_INTEGER,
      maxTotalBytes: Number.MAX_SAFE_INTEGER,
    },
    allocate(bytes) {
      const buffer: DeviceBuffer = { bytes }
      live.add(buffer)
      count.allocations++
      hold(bytes)
      return buffer
    },
    free(buffer) {
      if (live.delete(buffer)) count.liveBytes -= buffer.bytes
    },
    write: () => undefined,
    read: async (_buffer, dtype, size) => hostArray(dtype, size),
    readSync: (_buffer, dtype, size) => hostArray(dtype, size),
    compile(plan) {
      count.compilations++
      hold(plan.workspace)
      let released = false
      return {
        ...countPlan(plan),
        workspaceBytes: plan.workspace,
        source: `${plan.steps.length} steps, counted only`,
        run: () => void count.runs++,
        dispose() {
          if (!released) count.liveBytes -= plan.workspace
          released = true
        },
      }
    },
    stats: () => ({ ...count, liveBuffers: live.size }),
    [Symbol.asyncDispose]: async () => live.clear(),
  }
}
