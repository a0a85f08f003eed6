import { add, broadcastTo, div, matmul, reshape, scan, sum, zeros } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import type { SpikingMlpOptions, SpikingMlpTrained } from './spikingMlp.js'
import type { Affine } from './variables.js'

/** xW + b. */
export const affine = (x: Tensor, { weight, bias }: Affine): Tensor => add(matmul(x, weight), bias)

/** States of all layers, the spikes that the last one has fired so far, [batch, width], and those of the ones below where they are wanted. */
type Carry = { readonly states: readonly Tree[]; readonly count: Tensor; readonly below: readonly Tensor[] }

/** Rows (steps · batch) that a layer takes at once, and the most steps. */
const ROWS = 16384
const STEPS = 32

/** Steps that a chunk has where the batch is large, as long as they are no more rows than this: states pass through memory between chunks. */
const LEAST_STEPS = 8
const MOST_ROWS = 32768

/**
 * Steps a chunk: what was asked for, or what gives about 16384 rows, spread evenly; for larger batches 8 steps, up to 32768
 * rows. One hidden layer hands no spikes on and stores nothing: all steps at once.
 */
export function chunkOf(time: number, batch: number, layers: number, asked?: number): number {
  if (asked !== undefined) return Math.min(asked, time)
  if (layers === 1) return time
  const least = Math.min(LEAST_STEPS, Math.floor(MOST_ROWS / batch))
  const most = Math.max(1, Math.min(STEPS, time, Math.max(least, Math.floor(ROWS / batch))))
  return Math.ceil(time / Math.ceil(time / most))
}

/** A record that has a membrane: the state of every model here. */
const hasMembrane = (state: Tree): state is { readonly membrane: Tensor } =>
  typeof state === 'object' && 'membrane' in state && !Array.isArray(state)

/**
 * Mean spike rates [batch, width] of the last hidden layer after T steps of the constant current x [batch, inputs].
 * Where the model's state has a `membrane`, it starts from `membranes`, else at rest.
 */
export const spikeRates = (
  options: SpikingMlpOptions,
  trained: SpikingMlpTrained,
  membranes: readonly Tensor[],
  x: Tensor,
): Tensor => advanceAll(options, trained, membranes, x, null).at(-1)!

/**
 * The same for every hidden layer, with a constant current added to the one of each layer.
 *
 * @param probes for each hidden layer a current [batch, width], or null for none
 */
export const probedRates = (
  options: SpikingMlpOptions,
  trained: SpikingMlpTrained,
  membranes: readonly Tensor[],
  x: Tensor,
  probes: readonly (Tensor | null)[],
): Tensor[] => advanceAll(options, trained, membranes, x, probes)

/** Rates of the last hidden layer, and of those below where probes are given. */
function advanceAll(
  options: SpikingMlpOptions,
  trained: SpikingMlpTrained,
  membranes: readonly Tensor[],
  x: Tensor,
  probes: readonly (Tensor | null)[] | null,
): Tensor[] {
  const { neuron, spike, time, hidden, chunk: asked, dtype = 'f32' } = options
  const batch = x.shape[0]!
  const last = hidden.length - 1
  const probed = (a: Tensor, l: number): Tensor => {
    const probe = probes?.[l] ?? null
    return probe === null ? a : add(a, probe)
  }
  const current = probed(affine(x, trained.layers[0]!), 0)

  const start = (width: number, l: number): Tree => {
    const rest = neuron.rest([batch, width], dtype)
    return hasMembrane(rest) ? { ...rest, membrane: broadcastTo(membranes[l]!, [batch, width]) } : rest
  }

  const layer = (
    l: number,
    state: Tree,
    drive: Tensor | null,
    steps: number,
    count: Tensor | null,
  ): [Tree, Tensor | null, Tensor | null] => {
    const params = trained.neurons?.[l] ?? {}
    const fire = (s: Tree, now: Tensor | null): { state: Tree; output: Tensor } =>
      neuron.step(params, s, now ?? current, spike)
    const length = { length: steps }
    if (count === null) {
      const [after, spikes] = scan(
        (s: Tree, now: Tensor | null): [Tree, Tensor] => {
          const { state: next, output } = fire(s, now)
          return [next, output]
        },
        state,
        drive,
        length,
      )
      return [after, spikes, null]
    }
    const [after] = scan(
      (c: { state: Tree; count: Tensor }, now: Tensor | null): [{ state: Tree; count: Tensor }, Tree] => {
        const { state: next, output } = fire(c.state, now)
        return [{ state: next, count: add(c.count, output) }, []]
      },
      { state, count },
      drive,
      length,
    )
    return [after.state, null, after.count]
  }

  const advance = (carry: Carry, steps: number): Carry => {
    const states: Tree[] = []
    let count = carry.count
    const below = [...carry.below]
    let drive: Tensor | null = null
    for (let l = 0; l <= last; l++) {
      const [state, spikes, counted] = layer(l, carry.states[l]!, drive, steps, l === last ? count : null)
      states.push(state)
      if (counted !== null) count = counted
      if (spikes !== null) {
        const rows = reshape(spikes, [steps * batch, hidden[l]!])
        drive = probed(reshape(affine(rows, trained.layers[l + 1]!), [steps, batch, hidden[l + 1]!]), l + 1)
        if (probes !== null) below[l] = add(below[l]!, sum(spikes, 0))
      }
    }
    return { states, count, below }
  }

  const chunk = chunkOf(time, batch, hidden.length, asked)
  const whole = Math.floor(time / chunk)
  const rest = time - whole * chunk
  const silent = (n: number): Tensor => zeros([batch, n], dtype)
  let carry: Carry = {
    states: hidden.map(start),
    count: silent(hidden[last]!),
    below: probes === null ? [] : hidden.slice(0, -1).map(silent),
  }
  if (whole > 1) [carry] = scan((c: Carry): [Carry, Tree] => [advance(c, chunk), []], carry, null, { length: whole })
  else carry = advance(carry, chunk)
  if (rest > 0) carry = advance(carry, rest)
  return [...carry.below, carry.count].map((c) => div(c, time))
}
