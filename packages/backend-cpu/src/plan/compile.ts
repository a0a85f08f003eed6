import { arrange, countUses, unreachable } from '@spikeward/core/backend'
import type { Arrangement, DotRoutine, Operand, Plan, Routine, Step, StraightStep } from '@spikeward/core/backend'
import { defineErf } from '../kernel/erf.js'
import { dotPhases, type DotPhases } from '../routines/dot.js'
import { gatherPhases, scatterAddPhases } from '../routines/indexed.js'
import { choleskyPhases, triangularSolvePhases } from '../routines/linearAlgebra.js'
import { defineBarrier } from '../threads/barrier.js'
import type { FunctionRef } from '../wasm/code.js'
import { moduleBuilder, type MemoryType } from '../wasm/module.js'
import { bandsOf, usualBands, type Band } from './bands.js'
import type { Build } from './build.js'
import { imports } from './imports.js'
import { kernelPhases } from './kernelPhases.js'
import { threadPointer, type Phase, type Pointer } from './phase.js'
import { emitRun } from './run.js'

export interface CompileOptions {
  readonly memory: MemoryType
  readonly threads: number
  readonly relaxed: boolean
  /** False in a browser's main thread. */
  readonly mainMaySleep: boolean
}

/** A Plan as a module: `run(thread, table)`. */
export interface CompiledPlan {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** False where thread 0 does everything: the workers need not be woken. */
  readonly parallel: boolean
  readonly scratchBytes: number
  /** Where temporaries lie in the workspace, but for those that only threads have in memory of their own. */
  readonly arrangement: Arrangement
  readonly source: string
}

/** Turns a Plan into a WebAssembly module. */
export function compilePlan(plan: Plan, options: CompileOptions): CompiledPlan {
  const module = moduleBuilder(options.memory, imports)
  const made = new Map<string, FunctionRef>()
  const once: Build['once'] = (key, make) => {
    const found = made.get(key)
    if (found !== undefined) return found
    const ref = make()
    made.set(key, ref)
    return ref
  }
  const lines: string[] = []
  let taken = 0
  let scratchBytes = 0
  let depth = 0
  const build: Build = {
    plan,
    module,
    once,
    depth: () => depth,
    workers: options.threads,
    threads: options.threads,
    own: null,
    ahead: null,
    // Functions are numbered in the order in which they are begun: what a function calls is defined ahead of it.
    target: { relaxed: options.relaxed, imported: module.imported, erf: () => once('erf', () => defineErf(module)) },
    scratch: (bytes) => {
      const at = taken
      taken += Math.ceil(bytes / 64) * 64
      scratchBytes = Math.max(scratchBytes, taken)
      return at
    },
    note: (line) => lines.push(line),
  }
  const uses = countUses(plan.steps)
  const gone = new Set<number>()
  const allPhases = (steps: readonly Step[]): Phase[] =>
    bandsOf(plan, steps, depth, uses, usualBands).flatMap((s) => (s.kind === 'band' ? bandPhases(s) : phasesOf(s)))
  const phasesOf = (step: Step): Phase[] => {
    if (step.kind === 'loop') {
      lines.push(`loop ${step.length}`)
      depth++
      const phases = allPhases(step.steps)
      depth--
      return [{ kind: 'loop', length: step.length, phases }]
    }
    taken = 0
    const { setup, body } = stepPhases(build, step)
    return [...setup, ...body]
  }
  const bandPhases = (band: Band): Phase[] => {
    taken = 0
    lines.push(`band of ${band.tiles} tiles of ${band.tile} of ${band.count}, ${band.bytes} bytes of a thread's own`)
    const memory = threadPointer(build, band.bytes)
    const own = new Map<number, Pointer>()
    for (const [slot, { from, to }] of band.own) {
      const offset = memory.offset + from
      gone.add(slot)
      own.set(slot, { ...memory, offset, span: { of: 'scratch', from: offset, to: memory.offset + to } })
    }
    const alone: Build = {
      ...build,
      threads: 1,
      own,
      ahead: build,
      depth: () => depth + 1,
      once: (key, make) => once(`alone ${key}`, make),
    }
    const tile = (members: number): readonly DotPhases[] => band.steps(members).map((s) => stepPhases(alone, s))
    const whole = tile(band.tile)
    const left = band.count % band.tile
    const last = left === 0 ? [] : tile(left)
    return [
      ...[...whole, ...last].flatMap((p) => p.setup),
      {
        kind: 'band',
        turns: band.tiles,
        phases: whole.flatMap((p) => p.body),
        last: left === 0 ? null : last.flatMap((p) => p.body),
        own: memory.span,
      },
    ]
  }
  const phases = allPhases(plan.steps)
  const isParallel = (p: Phase): boolean =>
    p.kind === 'loop' ? p.phases.some(isParallel) : p.kind === 'band' || p.parallel
  const parallel = options.threads > 1 && phases.some(isParallel)
  const barrier = parallel ? defineBarrier(module, options.threads, options.mainMaySleep) : null
  const run = module.define(['i32', 'i32'], (c, [thread, table]) =>
    emitRun(c, thread!, table!, phases, barrier, options.threads),
  )
  const arrangement = arrange(plan, gone, new Set())
  return { bytes: module.finish(run), parallel, scratchBytes, arrangement, source: lines.join('\n') }
}

function stepPhases(build: Build, step: StraightStep): DotPhases {
  if (step.kind === 'kernel') return { setup: [], body: kernelPhases(build, step.kernel, step.loads, step.stores) }
  if (step.routine.kind === 'dot') return dotPhases(build, step.routine, step.ins, step.outs)
  return { setup: [], body: routinePhases(build, step.routine, step.ins, step.outs) }
}

function routinePhases(
  build: Build,
  routine: Exclude<Routine, DotRoutine>,
  ins: readonly Operand[],
  outs: readonly Operand[],
): Phase[] {
  switch (routine.kind) {
    case 'gather':
      return gatherPhases(build, routine, ins, outs)
    case 'scatterAdd':
      return scatterAddPhases(build, routine, ins, outs)
    case 'cholesky':
      return choleskyPhases(build, routine, ins, outs)
    case 'triangularSolve':
      return triangularSolvePhases(build, routine, ins, outs)
    default:
      return unreachable(routine)
  }
}
