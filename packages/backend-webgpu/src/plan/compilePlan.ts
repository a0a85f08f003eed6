import { SpikewardError, bytesOf, checkPlan, countPlan } from '@spikeward/core/backend'
import type { Bookkeeping, DeviceBuffer, Executable, Plan } from '@spikeward/core/backend'
import { type Reads, GPUBufferUsages } from '../device/reads.js'
import { type LoopIndexBuffer, INDEX_BYTES } from '../device/loopIndexBuffer.js'
import type { Arena } from '../device/arena.js'
import type { Faults } from '../device/faults.js'
import type { Pipelines } from '../device/pipelines.js'
import type { Traits } from '../device/traits.js'
import { GROUPS_ACROSS, ordersOf, type Dispatch, type Order } from './dispatches.js'
import { fuseTiles, type Measure, type TiledPlan } from './fuseTiles.js'
import { isSmall, linesOf, scheduleWork } from './scheduleWork.js'
import { tableSize, work, workOf } from './work.js'

/** A device with the resources of its backend. */
export interface Machine {
  readonly device: GPUDevice
  readonly faults: Faults
  readonly arena: Arena
  readonly pipelines: Pipelines
  readonly traits: Traits
  readonly loopIndices: LoopIndexBuffer
  readonly reads: Reads
}

/** A compiled Plan on a GPU. */
export interface WebGpuExecutable extends Executable {
  /** Dispatches of a run, all in one command buffer. */
  readonly dispatches: number
  /**
   * Compiles the shaders asynchronously and in parallel. Otherwise the first run compiles them one by one before it
   * returns.
   *
   * @throws SHADER_REFUSED, DEVICE_LOST (rejects)
   */
  prepare(): Promise<void>
}

/** Generates the shaders of a plan, without compiling them, and allocates its workspace. */
export function compilePlan(machine: Machine, book: Bookkeeping<number>, plan: Plan): WebGpuExecutable {
  book.checkAlive()
  checkPlan(plan)
  refuseDoubles(plan)
  const { device, arena, pipelines, traits, loopIndices } = machine
  const layout = fuseTiles(plan, traits.tiling, measureOf(plan, traits))
  const orders = ordersOf(scheduleWork(workOf(layout, traits)), tableSize(plan), traits.tiling)
  const dispatches = [...flat(orders)]
  loopIndices.reserve(maxIndices(orders))
  const workspaceBytes = layout.workspace
  const workspace = workspaceBytes === 0 ? 0 : arena.allocate(workspaceBytes, 'the workspace of a program')
  const addresses = new Uint32Array(Math.ceil(tableSize(plan) / 4) * 4)
  const table = device.createBuffer({
    label: 'spikeward addresses',
    size: addresses.byteLength,
    usage: GPUBufferUsages.UNIFORM | GPUBufferUsages.COPY_DST,
  })
  let written = false
  let bound: { group: GPUBindGroup; arena: GPUBuffer; indices: GPUBuffer } | null = null
  const release = pipelines.hold(dispatches.map((d) => d.code))
  const compiled = book.compiled(plan, workspaceBytes, () => {
    release()
    table.destroy()
    if (workspaceBytes > 0) arena.free(workspace, workspaceBytes)
  })

  const resolve = (ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void => {
    const entries = [workspace, ...new Array<number>(plan.inputs + plan.outputs).fill(0)]
    for (const [i, slot] of plan.slots.entries()) {
      if (slot.kind === 'temporary') continue
      const [list, first] = slot.kind === 'input' ? [ins, 1] : [outs, 1 + plan.inputs]
      entries[first + slot.index] = book.find(
        list[slot.index]!,
        bytesOf(plan.slots[i]!.dtype) * slot.size,
        `${slot.kind} ${slot.index}`,
      )
    }
    if (written && entries.every((at, i) => addresses[i] === at / 4)) return
    for (const [i, at] of entries.entries()) addresses[i] = at / 4
    device.queue.writeBuffer(table, 0, addresses)
    written = true
  }
  const bindings = (): GPUBindGroup => {
    const [memory, indices] = [arena.buffer(), loopIndices.buffer()]
    if (bound?.arena !== memory || bound.indices !== indices) {
      const group = device.createBindGroup({
        layout: pipelines.layout,
        entries: [
          { binding: 0, resource: { buffer: memory } },
          { binding: 1, resource: { buffer: table } },
          { binding: 2, resource: { buffer: indices, size: INDEX_BYTES } },
        ],
      })
      bound = { group, arena: memory, indices }
    }
    return bound.group
  }
  const encode = (pass: GPUComputePassEncoder, items: readonly Order[], group: GPUBindGroup, index: number): void => {
    for (const item of items) {
      if (item.kind === 'loop') {
        for (let i = 0; i < item.length; i++) encode(pass, item.items, group, index * item.length + i)
        continue
      }
      pass.setPipeline(pipelines.now(item.code))
      pass.setBindGroup(0, group, [index * loopIndices.stride])
      pass.dispatchWorkgroups(Math.min(item.groups, GROUPS_ACROSS), Math.ceil(item.groups / GROUPS_ACROSS))
    }
  }

  return {
    run(ins, outs) {
      compiled.checkRun(ins, outs)
      resolve(ins, outs)
      if (dispatches.length > 0) {
        const encoder = device.createCommandEncoder()
        const pass = encoder.beginComputePass()
        encode(pass, orders, bindings(), 0)
        pass.end()
        device.queue.submit([encoder.finish()])
      }
      compiled.ran()
    },
    async prepare() {
      book.checkAlive()
      await pipelines.prepare(dispatches.map((d) => d.code))
    },
    dispose: compiled.dispose,
    dispatches: countOf(orders),
    source: sourceOf(orders),
    ...countPlan(plan),
    workspaceBytes,
  }
}

/** Measures the steps of the plan without tile-fused groups. */
function measureOf(plan: Plan, traits: Traits): Measure {
  const unfused: TiledPlan = { ...plan, scratchStrides: new Map() }
  return (step, depth) => {
    const items = work(unfused, traits, step, depth)
    return { small: items.every(isSmall), lines: items.reduce((n, i) => n + linesOf(i), 0) }
  }
}

function refuseDoubles(plan: Plan): void {
  if (!plan.slots.some((s) => s.dtype === 'f64')) return
  throw new SpikewardError(
    'UNSUPPORTED_DTYPE',
    'the program uses f64, and webgpu has no double precision; use f32, or the cpu or native backend',
  )
}

function* flat(items: readonly Order[]): Generator<Dispatch> {
  for (const item of items) {
    if (item.kind === 'loop') yield* flat(item.items)
    else yield item
  }
}

const countOf = (items: readonly Order[]): number =>
  items.reduce((n, item) => n + (item.kind === 'loop' ? item.length * countOf(item.items) : 1), 0)

const maxIndices = (items: readonly Order[]): number =>
  Math.max(1, ...items.map((item) => (item.kind === 'loop' ? item.length * maxIndices(item.items) : 1)))

function sourceOf(orders: readonly Order[]): string {
  const show = (items: readonly Order[], around: string): string[] =>
    items.flatMap((item) =>
      item.kind === 'loop'
        ? show(item.items, `${around}${item.length} times `)
        : [`// ${around}dispatch of ${item.groups} workgroups\n${item.code}`],
    )
  return [`// ${countOf(orders)} dispatches per run, in one command buffer`, ...show(orders, '')].join('\n\n')
}
