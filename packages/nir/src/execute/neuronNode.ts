import { type Tensor, add, broadcastTo, div, mul, stopGradient, sub, tensor, zeros } from '@spikeward/core'
import { type NirArray, type NirNode, doubles, toDoubles } from '../graph/nirData.js'
import { initialMembraneOf, resetOf } from '../graph/metadata.js'
import { nodeTypes } from '../graph/nodeTypes.js'
import { arrayOf, shapesOf } from '../graph/shapes.js'
import { type MakeExecutor, type NodeState, needDt } from './executor.js'

/** The parameters of a neuron as arrays of one shape; missing ones have the standard's default. */
function parametersOf(name: string, node: NirNode, shape: readonly number[]): Record<string, NirArray> {
  const count = shape.reduce((a, b) => a * b, 1)
  return Object.fromEntries(
    nodeTypes[node.type]!.parameters.map(({ name: parameter, default: value }) => {
      if (node.parameters[parameter] === undefined) {
        return [parameter, doubles(shape, new Float64Array(count).fill(value!))]
      }
      const values = toDoubles(arrayOf(name, node, parameter))
      return [parameter, doubles(shape, values.length === count ? values : new Float64Array(count).fill(values[0]!))]
    }),
  )
}

/**
 * The standard's neurons by forward Euler with step Δt. Node types differ in which terms they have:
 *
 *     i ← i + (Δt/τ_syn) (w_in x − i)                        CubaLI, CubaLIF; elsewhere i = x
 *     v ← v + (Δt/τ) ((v_leak − v) + R i)                    I and IF without leak: v + Δt R i
 *     s = H(v − θ),  v ← v_reset where s = 1                 IF, LIF, CubaLIF, whose output is s; elsewhere v
 *
 * A reset in the metadata replaces the last line (see `keys`). No derivative flows through the spike of a reset.
 */
export const neuron: MakeExecutor = (name, node, _input, { dt: step, dtype, spike }) => {
  const dt = needDt(name, node.type, step)
  const shape = shapesOf(name, node).output!
  const parameters = parametersOf(name, node, shape)
  const initial = initialMembraneOf(name, node, shape)
  const { rule, delayed } = resetOf(name, node)
  const hasSynapse = 'tau_syn' in parameters
  const fires = 'v_threshold' in parameters
  const tau = hasSynapse ? 'tau_mem' : 'tau' in parameters ? 'tau' : null

  const charge = (p: NodeState, v: Tensor, i: Tensor): Tensor => {
    const driven = mul(p['r']!, i)
    return tau === null ? add(v, mul(dt, driven)) : add(v, mul(div(dt, p[tau]!), add(sub(p['v_leak']!, v), driven)))
  }
  const afterReset = (p: NodeState, v: Tensor, spikes: Tensor): Tensor => {
    if (rule === 'none') return v
    const s = stopGradient(spikes)
    return rule === 'subtract' ? sub(v, mul(s, p['v_threshold']!)) : sub(v, mul(s, sub(v, p['v_reset']!)))
  }
  const fire = (p: NodeState, v: Tensor, i: Tensor): { v: Tensor; output: Tensor } => {
    if (delayed) {
      const before = stopGradient(spike(sub(v, p['v_threshold']!)))
      const next =
        rule === 'subtract'
          ? sub(charge(p, v, i), mul(before, p['v_threshold']!))
          : charge(p, afterReset(p, v, before), i)
      return { v: next, output: spike(sub(next, p['v_threshold']!)) }
    }
    const charged = charge(p, v, i)
    const output = spike(sub(charged, p['v_threshold']!))
    return { v: afterReset(p, charged, output), output }
  }

  return {
    learned: [],
    parameters,
    shape,
    rest(batch) {
      const whole = [batch, ...shape]
      const start = initial ?? (tau === null ? null : parameters['v_leak']!)
      const v =
        start === null
          ? zeros(whole, dtype)
          : broadcastTo(tensor(toDoubles(start), { shape: [...shape], dtype }), whole)
      return hasSynapse ? { v, i: zeros(whole, dtype) } : { v }
    },
    step(p, { v, i: synapse }, x) {
      const i = hasSynapse ? add(synapse!, mul(div(dt, p['tau_syn']!), sub(mul(p['w_in']!, x), synapse!))) : x
      const { v: next, output } = fires ? fire(p, v!, i) : afterCharge(charge(p, v!, i))
      return { state: hasSynapse ? { v: next, i } : { v: next }, output }
    },
  }
}

const afterCharge = (v: Tensor): { v: Tensor; output: Tensor } => ({ v, output: v })
