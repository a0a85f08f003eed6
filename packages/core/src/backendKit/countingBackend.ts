import type { Backend, DeviceBuffer } from '../backend/backend.js'
import { SpikewardError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { hostArray } from '../tensor/dtype.js'
import { countPlan } from './countPlan.js'

/**
 * A backend that allocates no memory and computes nothing: every number that is read is 0. Its compiled plans report
 * the cost, and `stats` the memory that another backend would hold, so that a step too large for this machine can be
 * counted.
 *
 * @param like the backend whose memory is counted: a plan has the workspace that this backend gives it, with its tiles
 *   and the scratch of its threads. It compiles each plan for that, and takes no memory beyond a moment. Default: the
 *   workspace of a plan without tiles, which is also that of a backend whose memory is on a device
 * @example
 * const backend = countingBackend()
 * jit((x: Tensor) => matmul(x, x), { backend })(zeros([65_536, 65_536], { backend }))
 * console.log(backend.stats().peakBytes)
 */
export function countingBackend(like?: Backend): Backend {
  const count = { allocations: 0, liveBuffers: 0, liveBytes: 0, peakBytes: 0, compilations: 0, runs: 0 }
  const hold = (bytes: number): void => {
    count.liveBytes += bytes
    count.peakBytes = Math.max(count.peakBytes, count.liveBytes)
  }
  const live = new Set<DeviceBuffer>()
  return {
    name: 'counting',
    capabilities: {
      dtypes: like?.capabilities.dtypes ?? ['f32', 'f64', 'i32', 'u32', 'bool'],
      threads: like?.capabilities.threads ?? 1,
      features: like?.capabilities.features ?? [],
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
      const workspaceBytes = workspaceOf(plan, like)
      hold(workspaceBytes)
      let released = false
      return {
        ...countPlan(plan),
        workspaceBytes,
        source: `${plan.steps.length} steps, counted only`,
        run: () => void count.runs++,
        dispose() {
          if (!released) count.liveBytes -= workspaceBytes
          released = true
        },
      }
    },
    stats: () => ({ ...count, liveBuffers: live.size }),
    [Symbol.asyncDispose]: async () => live.clear(),
  }
}

/** Bytes of the workspace of a plan. */
function workspaceOf(plan: Plan, like: Backend | undefined): number {
  // A backend without `readSync` computes on a device, and starts to compile its shaders there. The reference has no
  // tiles, and fills a workspace as soon as it compiles.
  if (like?.readSync === undefined || like.name === 'reference') return plan.workspace
  try {
    const executable = like.compile(plan)
    executable.dispose()
    return executable.workspaceBytes
  } catch (error) {
    if (error instanceof SpikewardError && error.code === 'OUT_OF_MEMORY') return plan.workspace
    throw error
  }
}
