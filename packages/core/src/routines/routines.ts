import type { Count, Fields, OperandSpan, RoutineIn, RoutineOperand } from './routineDeclaration.js'
import { dotRoutine } from './dot.js'
import type { DotRoutine } from './dot.js'
import { indexedRoutines } from './indexed.js'
import { linearAlgebraRoutines } from './linearAlgebra.js'

/** Work of a Plan that is not a kernel. */
export type Routine = DotRoutine | RoutineIn<typeof indexedRoutines> | RoutineIn<typeof linearAlgebraRoutines>

/** The routine of a kind. */
export type RoutineOfKind<K extends Routine['kind']> = Extract<Routine, { readonly kind: K }>

/** The declaration of a routine, whichever it is. */
export interface AnyRoutine {
  readonly kind: Routine['kind']
  readonly fields: Fields
  readonly example: Routine
  spans(r: Routine): readonly OperandSpan[]
  count(r: Routine): Count
  run(r: Routine, ...operands: readonly RoutineOperand[]): void
}

const declarations = { dot: dotRoutine, ...indexedRoutines, ...linearAlgebraRoutines }

/** The declarations of all routines by kind: `routines[r.kind]` is that of `r`. */
export const routines = declarations as unknown as Readonly<Record<Routine['kind'], AnyRoutine>>
