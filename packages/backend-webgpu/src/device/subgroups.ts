import { isSoftware } from './adapter.js'
import { GPUBufferUsages, MAP_MODE_READ } from './arena.js'

/** Threads that run in step and can read each other's registers: of how many lanes a group is, at least and at most. */
export interface Subgroups {
  readonly least: number
  readonly most: number
  /** Whether what one lane wrote to memory is there for the others right after, without a barrier. */
  readonly inStep: boolean
}

const THREADS = 256
/** Rounds in which lanes hand numbers on by memory. */
const ROUNDS = 64

/** Counts the threads whose lane is not their number modulo the size of their group, or whose neighbour is not who it should be. */
const code = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> wrong: array<u32>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) l: u32, @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) size: u32) {
  let neighbour = subgroupShuffleXor(l, 1u);
  wrong[l] = select(0u, 1u, (lane != l % size) | (neighbour != (l ^ 1u)));
}`

/**
 * A workgroup of one subgroup hands numbers on from lane to lane by memory, without a barrier, some lanes later than others:
 * counts those that have another number in the end than they should.
 */
const handOn = (lanes: number): string => `@group(0) @binding(0) var<storage, read_write> wrong: array<u32>;
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
 * The subgroups of a device; null where it has none, or where their lanes are not threads in a row. WGSL leaves open which
 * threads make a group, and the code written here needs to know: so the device is asked, once.
 */
export async function subgroupsOf(device: GPUDevice): Promise<Subgroups | null> {
  if (!device.features.has('subgroups')) return null
  const { subgroupMinSize: least = 0, subgroupMaxSize: most = 0 } = device.adapterInfo ?? {}
  if (least < 2 || most > THREADS) return null
  // A device that cannot even be asked is lost, or soon says what is wrong.
  const says = (text: string): Promise<boolean> => saysZeros(device, text).catch(() => false)
  if (!(await says(code))) return null
  // Only where a subgroup is a vector of the processor is an answer more than luck.
  return { least, most, inStep: least === most && isSoftware(device) && (await says(handOn(least))) }
}

/** Whether what a shader of a workgroup leaves is all zeros. */
async function saysZeros(device: GPUDevice, code: string): Promise<boolean> {
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
