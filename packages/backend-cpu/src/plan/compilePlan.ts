import { type Plan, type Step, aligned } from '@spikeward/core/backend'
import {
  countAccesses,
  findSharedOperands,
  layOutWorkspace,
  tileStep,
  type LeafStep,
  type WorkspaceLayout,
} from '@spikeward/core/tiling'
import { mathFunctions } from '../kernel/math.js'
import { dotPhases } from '../routines/dotPhases.js'
import { isSpikes, type SharedLists } from '../routines/spikePhases.js'
import { blockColumns } from '../routines/spikeRows.js'
import { defineBarrier } from '../threads/barrier.js'
import type { FunctionRef } from '../wasm/code.js'
import { type Import, type MemoryType, moduleBuilder } from '../wasm/module.js'
import type { Build } from './build.js'
import { defaultTileLimits, fuseTiles, type CpuGroup } from './fuseTiles.js'
import { kernelPhases } from './kernelPhases.js'
import type { Phase, Pointer, StepPhases } from './phase.js'
import { routinePhases } from './routinePhases.js'
import { threadPointer } from './pointers.js'
import { emitRun } from './emitRun.js'

export interface CompileOptions {
  readonly memory: MemoryType
  readonly threads: number
  readonly relaxed: boolean
  /** False in a browser's main thread. */
  readonly mainMaySleep: boolean
  /** Whether the module calls `mark` after every phase. Default: false. */
  readonly profiled?: boolean
}

/** A Plan as a module that exports `run(thread, table)`. */
export interface CompiledPlan {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** False if thread 0 does all work, so that no worker needs to wake. */
  readonly parallel: boolean
  readonly scratchBytes: number
  /** The workspace without tile-local slots. */
  readonly layout: WorkspaceLayout
  readonly source: string
  /** The phases that a profiled module marks, by their numbers; none for other modules. */
  readonly marks: readonly PhaseMark[]
}

/** A phase that is timed. A phase inside a loop ends once in each iteration; its time is their sum. */
export type PhaseMark = { readonly name: string }

/** The name of a phase in a profile. */
const nameOf = (phase: Phase): string => {
  if (phase.kind === 'call') return phase.name
  const names = [...new Set(phase.phases.map(nameOf))].join(', ')
  return phase.kind === 'loop' ? `loop ${phase.length}: ${names}` : `tile-fused group of ${phase.tiles} tiles: ${names}`
}

/** Compiles a Plan to a WebAssembly module. */
export function compilePlan(plan: Plan, options: CompileOptions): CompiledPlan {
  const { profiled = false } = options
  const module = moduleBuilder(options.memory, profiled ? [...imports, markImport] : imports)
  const functions = new Map<string, FunctionRef>()
  const once: Build['once'] = (key, make) => {
    const match = functions.get(key)
    if (match !== undefined) return match
    const ref = make()
    functions.set(key, ref)
    return ref
  }
  const lines: string[] = []
  let end = 0
  let scratchBytes = 0
  let depth = 0
  const build: Build = {
    plan,
    module,
    once,
    depth: () => depth,
    workers: options.threads,
    threads: options.threads,
    local: null,
    ahead: null,
    // Functions are numbered in the order of their definition: a callee is defined before its caller.
    target: {
      relaxed: options.relaxed,
      imported: module.imported,
      defined: (name, define) => once(name, () => define(module)),
    },
    scratch: (bytes) => {
      const at = end
      end += aligned(bytes)
      scratchBytes = Math.max(scratchBytes, end)
      return at
    },
    note: (line) => lines.push(line),
  }
  const accesses = countAccesses(plan.steps)
  const tileLocal = new Set<number>()
  const allPhases = (steps: readonly Step[]): Phase[] =>
    fuseTiles(plan, steps, depth, accesses, defaultTileLimits).flatMap((s) =>
      s.kind === 'tileFused' ? groupPhases(s) : phasesOf(s),
    )
  const phasesOf = (step: Step): Phase[] => {
    if (step.kind === 'loop') {
      lines.push(`loop ${step.length}`)
      depth++
      const phases = allPhases(step.steps)
      depth--
      return [{ kind: 'loop', length: step.length, phases }]
    }
    end = 0
    const { setup, body } = stepPhases(build, step)
    return [...setup, ...body]
  }
  const groupPhases = ({ candidate, tiling, tiles, lastRows, scratch }: CpuGroup): Phase[] => {
    const { partitionSize, tileRows } = tiling
    end = 0
    lines.push(
      `tile-fused group: ${tiles} tiles of ${tileRows} of ${partitionSize} rows, ${scratch.bytes} bytes of scratch per thread`,
    )
    const memory = threadPointer(build, scratch.bytes)
    const local = new Map<number, Pointer>()
    for (const [slot, { from, to }] of scratch.spans) {
      const offset = memory.offset + from
      tileLocal.add(slot)
      local.set(slot, { ...memory, offset, span: { of: 'scratch', from: offset, to: memory.offset + to } })
    }
    const alone: Build = {
      ...build,
      threads: 1,
      local,
      ahead: build,
      depth: () => depth + 1,
      once: (key, make) => once(`alone ${key}`, make),
    }
    // Lists of spikes are shared only in the scratch of a tile, where it is known which step overwrites the spikes.
    const owners = findSharedOperands(
      candidate.steps,
      ({ routine, ins: [spikes] }) =>
        isSpikes(alone, routine) && (routine.batch === 1 || routine.a.batch === 0) && scratch.spans.has(spikes.slot),
      (slot) => scratch.spans.get(slot)?.from,
      // Lists hold the offsets of rows of B in blocks of this many columns.
      (one, other) => blockColumns(one.routine.n) === blockColumns(other.routine.n),
    )
    const isShared = (owner: number): boolean => [...owners.values()].filter((o) => o === owner).length > 1
    const tile = (rows: number): readonly StepPhases[] => {
      const pointers = new Map<number, Pointer>()
      return candidate.steps.map((s, i) => {
        const owner = s.kind === 'dot' ? owners.get(s.step) : undefined
        const lists =
          owner === undefined || !isShared(owner)
            ? null
            : {
                found: () => (owner === i ? null : (pointers.get(owner) ?? null)),
                keep: (at: Pointer) => void pointers.set(owner, at),
              }
        return stepPhases(alone, tileStep(s, tiling, rows), lists)
      })
    }
    const whole = tile(tileRows)
    const last = lastRows === 0 ? [] : tile(lastRows)
    return [
      ...[...whole, ...last].flatMap((p) => p.setup),
      {
        kind: 'tileFused',
        tiles,
        phases: whole.flatMap((p) => p.body),
        last: lastRows === 0 ? null : last.flatMap((p) => p.body),
        scratch: memory.span,
      },
    ]
  }
  const phases = allPhases(plan.steps)
  const isParallel = (p: Phase): boolean =>
    p.kind === 'loop' ? p.phases.some(isParallel) : p.kind === 'tileFused' || p.parallel
  const parallel = options.threads > 1 && phases.some(isParallel)
  const barrier = parallel ? defineBarrier(module, options.threads, options.mainMaySleep) : null
  const marks: PhaseMark[] = []
  const run = module.define(['i32', 'i32'], (c, [thread, table]) => {
    const mark = (phase: Phase, loops: number): void => {
      const number = marks.push({ name: `${loops > 0 ? 'in a loop, ' : ''}${nameOf(phase)}` }) - 1
      const call = (): void => void c.i32(number).call(module.imported('mark'))
      // Serial phases are already inside a test for thread 0; the second test costs next to nothing.
      c.get(thread!).op('i32.eqz').when(call)
    }
    emitRun(c, thread!, table!, phases, barrier, options.threads, profiled ? mark : null)
  })
  const layout = layOutWorkspace(plan, tileLocal, new Set())
  return { bytes: module.finish(run), parallel, scratchBytes, layout, source: lines.join('\n'), marks }
}

function stepPhases(build: Build, step: LeafStep, lists: SharedLists | null = null): StepPhases {
  if (step.kind === 'kernel') return { setup: [], body: kernelPhases(build, step.kernel, step.loads, step.stores) }
  if (step.routine.kind === 'dot') return dotPhases(build, step.routine, step.ins, step.outs, lists)
  return { setup: [], body: routinePhases(build, step.routine, step.ins, step.outs) }
}

/** The functions of f64 that modules import from JavaScript. */
const imports: readonly Import[] = [
  ...mathFunctions.map((name): Import => ({ name, params: Array(Math[name].length).fill('f64'), result: 'f64' })),
  { name: 'rem', params: ['f64', 'f64'], result: 'f64' },
]

/** The additional import of a profiled module: thread 0 calls it with the number of the phase that has ended. */
const markImport: Import = { name: 'mark', params: ['i32'] }

/** The import object of a module; workers make an equal one (`threads/workerSource.ts`). */
export const importObject = (
  memory: WebAssembly.Memory,
  mark: (phase: number) => void = () => undefined,
): WebAssembly.Imports => ({
  env: {
    memory,
    ...Object.fromEntries(mathFunctions.map((name) => [name, Math[name]])),
    rem: (x: number, y: number) => x % y,
    mark,
  },
})
