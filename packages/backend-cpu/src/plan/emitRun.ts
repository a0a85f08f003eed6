import { overlaps, type Span } from '@spikeward/core/backend'
import type { Code, FunctionRef, Local } from '../wasm/code.js'
import { eachUnit } from '../routines/units.js'
import type { Phase, Pointer } from './phase.js'

/** Memory that a phase accesses. */
interface PhaseAccess {
  readonly span: Span
  readonly write: boolean
  readonly parallel: boolean
}

/**
 * Writes the body of `run(thread, table)`: the phases in order, loops as loops. A barrier precedes a phase only if the
 * phase accesses memory that another thread may have accessed since the last barrier.
 *
 * @param mark writes the call that reports the end of a phase; null for a module that is not profiled
 */
export function emitRun(
  c: Code,
  thread: Local,
  table: Local,
  phases: readonly Phase[],
  barrier: FunctionRef | null,
  threads: number,
  mark: ((phase: Phase, depth: number) => void) | null = null,
): void {
  let pending: PhaseAccess[] = []
  const accessesOf = (phase: Phase): PhaseAccess[] => {
    if (phase.kind === 'loop') return phase.phases.flatMap(accessesOf)
    if (phase.kind === 'tileFused') {
      const inside = [...phase.phases, ...(phase.last ?? [])].flatMap(accessesOf)
      return [...inside, { span: phase.scratch, write: true }].map((t) => ({ ...t, parallel: true }))
    }
    return [
      ...phase.reads.map((span) => ({ span, write: false, parallel: phase.parallel })),
      ...phase.writes.map((span) => ({ span, write: true, parallel: phase.parallel })),
    ]
  }
  const conflicts = (now: readonly PhaseAccess[]): boolean =>
    pending.some((t) => now.some((n) => (t.write || n.write) && (t.parallel || n.parallel) && overlaps(t.span, n.span)))
  // Other threads also wait for phases that thread 0 ran alone.
  const waitFor = (now: readonly PhaseAccess[]): void => {
    if (!conflicts(now)) return
    if (barrier !== null) c.get(thread).call(barrier)
    pending = []
  }
  const pushAddress = (p: Pointer, iterations: readonly Local[]): void => {
    c.get(table).mem('i32.load', 4 * p.entry)
    if (p.offset !== 0) c.i32(p.offset).op('i32.add')
    for (const [d, by] of p.advance.entries()) if (by !== 0) c.get(iterations[d]!).i32(by).op('i32.mul').op('i32.add')
    if (p.perThread !== 0 && barrier !== null) c.get(thread).i32(p.perThread).op('i32.mul').op('i32.add')
  }
  const emitCall = (phase: Extract<Phase, { kind: 'call' }>, iterations: readonly Local[]): void => {
    c.get(thread)
    for (const p of phase.pointers) pushAddress(p, iterations)
    for (const i of phase.integers) c.i32(i)
    c.call(phase.call)
  }
  const isSerial = (phase: Phase): boolean =>
    phase.kind === 'loop' ? phase.phases.every(isSerial) : phase.kind === 'call' && !phase.parallel
  const emitLoop = (
    phase: Extract<Phase, { kind: 'loop' }>,
    iterations: readonly Local[],
    body: (iterations: readonly Local[]) => void,
  ): void => {
    const iteration = c.local('i32')
    c.i32(0).set(iteration)
    c.loop((again) => {
      body([...iterations, iteration])
      c.get(iteration).i32(1).op('i32.add').tee(iteration).i32(phase.length).op('i32.lt_u').branchIf(again)
    })
  }
  const emitSerial = (phase: Phase, iterations: readonly Local[]): void => {
    if (phase.kind === 'call') return emitCall(phase, iterations)
    if (phase.kind === 'loop' && phase.length > 0)
      emitLoop(phase, iterations, (inner) => phase.phases.forEach((p) => emitSerial(p, inner)))
  }
  const emitGroup = (phase: Extract<Phase, { kind: 'tileFused' }>, iterations: readonly Local[]): void => {
    eachUnit(c, thread, phase.tiles, barrier === null ? 1 : threads, (tile) => {
      const all = (list: readonly Phase[]): void => list.forEach((p) => emitSerial(p, [...iterations, tile]))
      const { last } = phase
      if (last === null) return all(phase.phases)
      c.get(tile)
        .i32(phase.tiles - 1)
        .op('i32.eq')
        .when(
          () => all(last),
          () => all(phase.phases),
        )
    })
  }
  const emitPhases = (list: readonly Phase[], iterations: readonly Local[]): void => {
    for (let i = 0; i < list.length; i++) {
      const phase = list[i]!
      if (isSerial(phase)) {
        // Consecutive serial phases share one test for thread 0 and need no barrier between them.
        const group = [phase]
        while (i + 1 < list.length && isSerial(list[i + 1]!) && !conflicts(accessesOf(list[i + 1]!)))
          group.push(list[++i]!)
        const now = group.flatMap(accessesOf)
        waitFor(now)
        pending.push(...now)
        const emitAll = (): void =>
          group.forEach((p) => {
            emitSerial(p, iterations)
            mark?.(p, iterations.length)
          })
        if (barrier === null) emitAll()
        else c.get(thread).op('i32.eqz').when(emitAll)
      } else if (phase.kind === 'call') {
        const now = accessesOf(phase)
        waitFor(now)
        pending.push(...now)
        emitCall(phase, iterations)
        mark?.(phase, iterations.length)
      } else if (phase.kind === 'tileFused') {
        const now = accessesOf(phase)
        waitFor(now)
        pending.push(...now)
        emitGroup(phase, iterations)
        mark?.(phase, iterations.length)
      } else if (phase.length > 0) {
        // An iteration may access memory that any thread wrote in the iteration before: all threads wait at its end.
        waitFor(accessesOf(phase))
        pending = []
        emitLoop(phase, iterations, (inner) => {
          emitPhases(phase.phases, inner)
          if (barrier !== null) c.get(thread).call(barrier)
          pending = []
        })
      }
    }
  }
  emitPhases(phases, [])
  // The run ends when every thread has done its share.
  if (barrier !== null && pending.some((t) => t.parallel)) c.get(thread).call(barrier)
}
