import { routines, type Operand, type Routine } from '@spikeward/core/backend'
import { routineCodes } from '../routines/routineCodes.js'
import type { Local } from '../wasm/code.js'
import type { Build, RoutineCode } from './build.js'
import type { Phase } from './phase.js'
import { operandPointer } from './pointers.js'

/** The phase of a routine that is no product; none if its result has no elements. */
export function routinePhases(
  build: Build,
  r: Exclude<Routine, { readonly kind: 'dot' }>,
  ins: readonly Operand[],
  outs: readonly Operand[],
): Phase[] {
  const spans = routines[r.kind].spans(r)
  if (spans.at(-1)!.lengths.includes(0)) return []
  const code: RoutineCode<never> = routineCodes[r.kind]
  const parallel = code.parallel(r as never)
  const threads = parallel ? build.threads : 1
  const pointers = [...ins, ...outs].map((o, i) => operandPointer(build, o, spans[i]!.dtype))
  const call = build.once(JSON.stringify(r), () =>
    build.module.define(['i32', ...pointers.map(() => 'i32' as const)], (c, [thread, ...at]) =>
      code.emit(c, r as never, at as [Local, Local, Local], thread!, threads, build.target),
    ),
  )
  const reads = pointers.slice(0, -1).map((p) => p.span)
  return [
    { kind: 'call', name: r.kind, call, pointers, integers: [], parallel, reads, writes: [pointers.at(-1)!.span] },
  ]
}
