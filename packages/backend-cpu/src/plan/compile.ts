import { unreachable } from '@spikeward/core/backend'
import type { Operand, Plan, Routine, Step } from '@spikeward/core/backend'
import { defineErf } from '../kernel/erf.js'
import { dotPhases } from '../routines/dot.js'
import { gatherPhases, scatterAddPhases } from '../routines/indexed.js'
import { choleskyPhases, triangularSolvePhases } from '../routines/linearAlgebra.js'
import { defineBarrier } from '../threads/barrier.js'
import type { FunctionRef } from '../wasm/code.js'
import { moduleBuilder, type MemoryType } from '../wasm/module.js'
import type { Build } from './build.js'
import { imports } from './imports.js'
import { kernelPhases } from './kernelPhases.js'
import type { Phase } from './phase.js'
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
    threads: options.threads,
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
  const phasesOf = (step: Step): Phase[] => {
    if (step.kind === 'loop') {
      lines.push(`loop ${step.length}`)
      depth++
      const phases = step.steps.flatMap(phasesOf)
      depth--
      return [{ kind: 'loop', length: step.length, phases }]
    }
    taken = 0
    return step.kind === 'kernel'
      ? kernelPhases(build, step.kernel, step.loads, step.stores)
      : routinePhases(build, step.routine, step.ins, step.outs)
  }
  const phases = plan.steps.flatMap(phasesOf)
  const isParallel = (p: Phase): boolean => (p.kind === 'loop' ? p.phases.some(isParallel) : p.parallel)
  const parallel = options.threads > 1 && phases.some(isParallel)
  const barrier = parallel ? defineBarrier(module, options.threads, options.mainMaySleep) : null
  const run = module.define(['i32', 'i32'], (c, [thread, table]) => emitRun(c, thread!, table!, phases, barrier))
  return { bytes: module.finish(run), parallel, scratchBytes, source: lines.join('\n') }
}

function routinePhases(build: Build, routine: Routine, ins: readonly Operand[], outs: readonly Operand[]): Phase[] {
  switch (routine.kind) {
    case 'dot':
      return dotPhases(build, routine, ins, outs)
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
