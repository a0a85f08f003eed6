import { setImmediate } from 'node:timers/promises'

/**
 * Shortest time of one call in milliseconds, after warming up (the engine compiles in two tiers, the second in the
 * background).
 */
export async function timed(f, { seconds = 0.6, warm = 0.5 } = {}) {
  for (const end = performance.now() + 1000 * warm; performance.now() < end; ) {
    f()
    await setImmediate()
  }
  let best = Infinity
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    const start = performance.now()
    f()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

/** Compiles a plan whose slots are all inputs and outputs, and fills the inputs. */
export function prepare(backend, plan, fill) {
  const ins = []
  const outs = []
  for (const slot of plan.slots) {
    const buffer = backend.allocate(slot.size * (slot.dtype === 'f64' ? 8 : 4))
    if (slot.kind === 'input') {
      backend.write(buffer, fill(slot.index, slot.size))
      ins[slot.index] = buffer
    } else outs[slot.index] = buffer
  }
  const executable = backend.compile(plan)
  return { run: () => executable.run(ins, outs), executable, ins, outs }
}

export const uniform = (size) => Float32Array.from({ length: size }, () => Math.random() * 2 - 1)
export const spikes = (density) => (size) =>
  Float32Array.from({ length: size }, () => (Math.random() < density ? 1 : 0))

/** A plan of one product of row-major matrices. */
export function dotPlan(m, n, k, { batch = 1, binary = false, sharedA = false, transposedA = false } = {}) {
  return {
    slots: [
      { kind: 'input', index: 0, dtype: 'f32', size: (sharedA ? 1 : batch) * m * k },
      { kind: 'input', index: 1, dtype: 'f32', size: batch * k * n },
      { kind: 'output', index: 0, dtype: 'f32', size: batch * m * n },
    ],
    inputs: 2,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [
      {
        kind: 'routine',
        routine: {
          kind: 'dot',
          dtype: 'f32',
          batch,
          m,
          n,
          k,
          binary,
          a: { batch: sharedA || batch === 1 ? 0 : m * k, m: transposedA ? 1 : k, k: transposedA ? m : 1 },
          b: { batch: batch === 1 ? 0 : k * n, k: n, n: 1 },
        },
        ins: [
          { slot: 0, offset: 0, advance: [] },
          { slot: 1, offset: 0, advance: [] },
        ],
        outs: [{ slot: 2, offset: 0, advance: [] }],
      },
    ],
  }
}
