import { isSoftware } from './adapter.js'
import { GPUBufferUsages, MAP_MODE_READ } from './reads.js'

/**
 * The subgroups of a device, whose threads (lanes) can read each other's registers: their smallest and largest number
 * of lanes.
 */
export interface Subgroups {
  readonly minSize: number
  readonly maxSize: number
  /** True if lanes run in lockstep: without a barrier, a lane sees what the others wrote to memory. */
  readonly inStep: boolean
}

const THREADS = 256
/** Number of times that lanes pass numbers to each other through memory. */
const ROUNDS = 64

/** Marks threads whose lane is not their index modulo the size of their subgroup, or that read the wrong neighbour. */
const code = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> wrong: array<u32>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) l: u32, @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) size: u32) {
  let neighbour = subgroupShuffleXor(l, 1u);
  wrong[l] = select(0u, 1u, (lane != l % size) | (neighbour != (l ^ 1u)));
}`

/**
 * Lanes of a one-subgroup workgroup pass numbers to each other through memory without a barrier, some later than
 * others. Marks lanes that end with a wrong number.
 */
const passOn = (lanes: number): string => `@group(0) @binding(0) var<storage, read_write> wrong: array<u32>;
@compute @workgroup_size(${lanes})
fn main(@builtin(local_invocation_index) l: u32) {
  var mine = l;
  for (var round = 0u; round < ${ROUNDS}u; round++) {
    for (var late = 0u; late < l; late++) { mine = (mine + wrong[${lanes}u + l] + 1u) % ${lanes}u; }
    wrong[l] = mine;
    mine = (wrong[(l + 1u) % ${lanes}u] + ${lanes - 1}u * ((l + 1u) % ${lanes}u)) % ${lanes}u;
  }
  wrong[l] = select(0u, 1u, mine != (l + ${ROUNDS}u) % ${lanes}u);
}`

/**
 * The subgroups of a device; null if it has none, or if their lanes are not consecutive threads. WGSL does not specify
 * which threads form a subgroup, and generated code depends on it, so a shader tests it once.
 */
export async function subgroupsOf(device: GPUDevice): Promise<Subgroups | null> {
  if (!device.features.has('subgroups')) return null
  const { subgroupMinSize: minSize = 0, subgroupMaxSize: maxSize = 0 } = device.adapterInfo ?? {}
  if (minSize < 2 || maxSize > THREADS) return null
  // A device that cannot run the test is lost, or reports its error later.
  const passes = (text: string): Promise<boolean> => writesZeros(device, text).catch(() => false)
  if (!(await passes(code))) return null
  // Passing the test is proof only if a subgroup is one vector of the processor, as in software renderers.
  return { minSize, maxSize, inStep: minSize === maxSize && isSoftware(device) && (await passes(passOn(minSize))) }
}

/** True if one workgroup of the shader writes only zeros. */
async function writesZeros(device: GPUDevice, code: string): Promise<boolean> {
  const size = 4 * THREADS
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsages
  const wrong = device.createBuffer({ label: 'spikeward subgroups', size, usage: STORAGE | COPY_SRC })
  const seen = device.createBuffer({ label: 'spikeward subgroups', size, usage: COPY_DST | MAP_READ })
  try {
    const module = device.createShaderModule({ code })
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: wrong } }],
      }),
    )
    pass.dispatchWorkgroups(1)
    pass.end()
    encoder.copyBufferToBuffer(wrong, 0, seen, 0, size)
    device.queue.submit([encoder.finish()])
    await seen.mapAsync(MAP_MODE_READ, 0, size)
    return new Uint32Array(seen.getMappedRange(0, size)).every((x) => x === 0)
  } finally {
    wrong.destroy()
    seen.destroy()
  }
}
