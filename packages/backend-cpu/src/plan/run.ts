import { overlaps, type Span } from '@spikeward/core/backend'
import type { Code, FunctionRef, Local } from '../wasm/code.js'
import { eachUnit } from '../routines/units.js'
import type { Phase, Pointer } from './phase.js'

interface Touch {
  readonly span: Span
  readonly write: boolean
  readonly parallel: boolean
}

/**
 * Writes the body of `run(thread, table)`: the phases in order, loops as loops, and a barrier only where a phase meets
 * memory that another thread may have touched since the last one.
 */
export function emitRun(
  c: Code,
  thread: Local,
  table: Local,
  phases: readonly Phase[],
  barrier: FunctionRef | null,
  threads: number,
): void {
  let touched: Touch[] = []
  const touchesOf = (phase: Phase): Touch[] => {
    if (phase.kind === 'loop') return phase.phases.flatMap(touchesOf)
    if (phase.kind === 'band') {
      const inside = [...phase.phases, ...(phase.last ?? [])].flatMap(touchesOf)
      return [...inside, { span: phase.own, write: true }].map((t) => ({ ...t, parallel: true }))
    }
    return [
      ...phase.reads.map((span) => ({ span, write: false, parallel: phase.parallel })),
      ...phase.writes.map((span) => ({ span, write: true, parallel: phase.parallel })),
    ]
  }
  const conflicts = (now: readonly Touch[]): boolean =>
    touched.some((t) => now.some((n) => (t.write || n.write) && (t.parallel || n.parallel) && overlaps(t.span, n.span)))
  // Also what thread 0 did alone must be waited for by the others.
  const waitFor = (now: readonly Touch[]): void => {
    if (!conflicts(now)) return
    if (barrier !== null) c.get(thread).call(barrier)
    touched = []
  }
  const pushAddress = (p: Pointer, turns: readonly Local[]): void => {
    c.get(table).mem('i32.load', 4 * p.entry)
    if (p.offset !== 0) c.i32(p.offset).op('i32.add')
    for (const [d, by] of p.advance.entries()) if (by !== 0) c.get(turns[d]!).i32(by).op('i32.mul').op('i32.add')
    if (p.perThread !== 0 && barrier !== null) c.get(thread).i32(p.perThread).op('i32.mul').op('i32.add')
  }
  const emitCall = (phase: Extract<Phase, { kind: 'call' }>, turns: readonly Local[]): void => {
    c.get(thread)
    for (const p of phase.pointers) pushAddress(p, turns)
    for (const i of phase.integers) c.i32(i)
    c.call(phase.call)
  }
  const isSerial = (phase: Phase): boolean =>
    phase.kind === 'loop' ? phase.phases.every(isSerial) : phase.kind === 'call' && !phase.parallel
  const emitLoop = (
    phase: Extract<Phase, { kind: 'loop' }>,
    turns: readonly Local[],
    body: (turns: readonly Local[]) => void,
  ): void => {
    const turn = c.local('i32')
    c.i32(0).set(turn)
    c.loop((again) => {
      body([...turns, turn])
      c.get(turn).i32(1).op('i32.add').tee(turn).i32(phase.length).op('i32.lt_u').branchIf(again)
    })
  }
  const emitSerial = (phase: Phase, turns: readonly Local[]): void => {
    if (phase.kind === 'call') return emitCall(phase, turns)
    if (phase.kind === 'loop' && phase.length > 0)
      emitLoop(phase, turns, (inner) => phase.phases.forEach((p) => emitSerial(p, inner)))
  }
  const emitBand = (phase: Extract<Phase, { kind: 'band' }>, turns: readonly Local[]): void => {
    eachUnit(c, thread, phase.turns, barrier === null ? 1 : threads, (turn) => {
      const all = (list: readonly Phase[]): void => list.forEach((p) => emitSerial(p, [...turns, turn]))
      const { last } = phase
      if (last === null) return all(phase.phases)
      c.get(turn)
        .i32(phase.turns - 1)
        .op('i32.eq')
        .when(
          () => all(last),
          () => all(phase.phases),
        )
    })
  }
  const emitPhases = (list: readonly Phase[], turns: readonly Local[]): void => {
    for (let i = 0; i < list.length; i++) {
      const phase = list[i]!
      if (isSerial(phase)) {
        // Neighbouring phases of thread 0 need one test, and no waiting among themselves.
        const group = [phase]
        while (i + 1 < list.length && isSerial(list[i + 1]!) && !conflicts(touchesOf(list[i + 1]!)))
          group.push(list[++i]!)
        const now = group.flatMap(touchesOf)
        waitFor(now)
        touched.push(...now)
        if (barrier === null) group.forEach((p) => emitSerial(p, turns))
        else
          c.get(thread)
            .op('i32.eqz')
            .when(() => group.forEach((p) => emitSerial(p, turns)))
      } else if (phase.kind === 'call') {
        const now = touchesOf(phase)
        waitFor(now)
        touched.push(...now)
        emitCall(phase, turns)
      } else if (phase.kind === 'band') {
        const now = touchesOf(phase)
        waitFor(now)
        touched.push(...now)
        emitBand(phase, turns)
      } else if (phase.length > 0) {
        // A turn may meet what any thread did in the turn before it: everybody waits at its end.
        waitFor(touchesOf(phase))
        touched = []
        emitLoop(phase, turns, (inner) => {
          emitPhases(phase.phases, inner)
          if (barrier !== null) c.get(thread).call(barrier)
          touched = []
        })
      }
    }
  }
  emitPhases(phases, [])
  // The run is over when every thread's share is done.
  if (barrier !== null && touched.some((t) => t.parallel)) c.get(thread).call(barrier)
}
