import type { Plan } from '@spikeward/core/backend'
import { compilePlan, type CompiledPlan, type CompileOptions } from './compilePlan.js'

/** A compiled Plan, and its module, which runs in any memory. */
export interface CodeOfPlan extends CompiledPlan {
  readonly module: WebAssembly.Module
}

/** The code of each plan, by its options. */
const codes = new WeakMap<Plan, Map<string, CodeOfPlan>>()

/**
 * Compiles a Plan, and returns the same code for the same plan and equal options while the plan exists. Equal programs share a plan
 * in all backends of a process (docs/decisions/0025-equal-programs-share-a-plan.md).
 */
export function compileOnce(plan: Plan, options: CompileOptions): CodeOfPlan {
  const key = JSON.stringify(options)
  const known = codes.get(plan) ?? new Map<string, CodeOfPlan>()
  codes.set(plan, known)
  const found = known.get(key)
  if (found !== undefined) return found
  const compiled = compilePlan(plan, options)
  const code = { ...compiled, module: new WebAssembly.Module(compiled.bytes) }
  known.set(key, code)
  return code
}
