import type { Count, Fields, OperandSpan, RoutineDeclaration, RoutineOperand } from './routineDeclaration.js'
import { dotRoutine } from './dot.js'
import type { DotRoutine } from './dot.js'
import { gatherRoutine, scatterAddRoutine } from './indexed.js'
import type { GatherRoutine, ScatterAddRoutine } from './indexed.js'
import { choleskyRoutine, triangularSolveRoutine } from './linearAlgebra.js'
import type { CholeskyRoutine, TriangularSolveRoutine } from './linearAlgebra.js'

/** Work of a Plan that is not a kernel. */
export type Routine = DotRoutine | GatherRoutine | ScatterAddRoutine | CholeskyRoutine | TriangularSolveRoutine

/** The declaration of a routine, whichever it is. */
export interface AnyRoutine {
  readonly kind: Routine['kind']
  readonly fields: Fields
  readonly example: Routine
  spans(r: Routine): readonly OperandSpan[]
  count(r: Routine): Count
  run(r: Routine, ...operands: readonly RoutineOperand[]): void
}

const declarations: { readonly [K in Routine['kind']]: RoutineDeclaration<Extract<Routine, { readonly kind: K }>> } = {
  dot: dotRoutine,
  gather: gatherRoutine,
  scatterAdd: scatterAddRoutine,
  cholesky: choleskyRoutine,
  triangularSolve: triangularSolveRoutine,
}

/** The declarations of all routines by kind: `routines[r.kind]` is that of `r`. */
export const routines = declarations as unknown as Readonly<Record<Routine['kind'], AnyRoutine>>
