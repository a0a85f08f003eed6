/** The inputs of one layer over a run of a network, all evaluations together. */
export interface LayerTraffic {
  /** Values that the layer reads at each evaluation. */
  readonly inputs: number
  /** Sums that it computes at each evaluation. */
  readonly outputs: number
  readonly weights: number
  /** Inputs that were sent; in the dense form `inputs` × evaluations. */
  readonly messages: number
  /** Products of these inputs with weights: messages times their fan-out. */
  readonly operations: number
}

/** Work of a network over a run. Every entry is a number of words or operations. */
export interface NetworkWork {
  /** Synaptic operations: a product of a value and a weight, and its addition. */
  readonly operations: number
  readonly messages: number
  /** Updates of units that send, and of units that do not. */
  readonly activeUpdates: number
  readonly silentUpdates: number
  readonly weightReads: number
  readonly accumulatorReads: number
  readonly accumulatorWrites: number
  /** Values of units that are read and written: sums, held values, activations. */
  readonly stateReads: number
  readonly stateWrites: number
  /** Values that enter the network from outside, and that leave it. */
  readonly conversions: number
}

/** The two numbers of a run that its layers do not hold. */
export interface RunShape {
  readonly evaluations: number
  readonly conversions: number
}

const total = (layers: readonly LayerTraffic[], of: (layer: LayerTraffic) => number): number =>
  layers.reduce((sum, layer) => sum + of(layer), 0)

/**
 * The work where each message is handled by itself, as on a neuromorphic chip: it reads a weight for each operation,
 * and reads and writes an accumulator. Each unit is updated at each evaluation: it reads its sum and the value that
 * receivers hold, and writes the latter if it sends. The dense form is that in which all inputs are sent at each
 * evaluation.
 */
export function eventWork(layers: readonly LayerTraffic[], { evaluations, conversions }: RunShape): NetworkWork {
  const operations = total(layers, (l) => l.operations)
  const messages = total(layers, (l) => l.messages)
  const updates = evaluations * total(layers, (l) => l.inputs)
  return {
    operations,
    messages,
    activeUpdates: messages,
    silentUpdates: updates - messages,
    weightReads: operations,
    accumulatorReads: operations,
    accumulatorWrites: operations,
    stateReads: 2 * updates,
    stateWrites: messages,
    conversions,
  }
}

/**
 * The work of the dense form on an accelerator that reuses what it reads: at each evaluation each weight and each input
 * is read once, and a sum stays in a register until it is written as an activation.
 */
export function reuseWork(layers: readonly LayerTraffic[], { evaluations, conversions }: RunShape): NetworkWork {
  return {
    operations: total(layers, (l) => l.operations),
    messages: 0,
    activeUpdates: 0,
    silentUpdates: 0,
    weightReads: evaluations * total(layers, (l) => l.weights),
    accumulatorReads: 0,
    accumulatorWrites: 0,
    stateReads: evaluations * total(layers, (l) => l.inputs),
    stateWrites: evaluations * total(layers, (l) => l.outputs),
    conversions,
  }
}

/**
 * The work of training on that accelerator, by reverse mode through the run of one function: beside the run itself,
 * products for the derivatives of inputs and of weights, which are as many each; each weight is read again, its
 * derivative is read and written at each evaluation, and inputs are read again.
 */
export function reverseWork(layers: readonly LayerTraffic[], shape: RunShape): NetworkWork {
  const forward = reuseWork(layers, shape)
  return {
    ...forward,
    operations: 3 * forward.operations,
    weightReads: 2 * forward.weightReads,
    accumulatorReads: forward.weightReads,
    accumulatorWrites: forward.weightReads,
    // Activations and derivatives of outputs; derivatives of inputs are written.
    stateReads: 2 * forward.stateReads + forward.stateWrites,
    stateWrites: forward.stateWrites + forward.stateReads,
  }
}

/**
 * The traffic of each layer of a network of convolutions of stride 1, whose fields all have the same cells, over a run.
 * A message is a product for each cell of the kernel and each output channel; ends of the field are not subtracted.
 *
 * @param sizes `cells` of the grid, cells of a `kernel`, and `channels` before the first layer and after each
 * @param evaluations of the network in the run
 * @param messages of each layer's inputs in the run. Default: every input at each evaluation, the dense form
 * @example
 * const dense = convolutionTraffic({ cells: 256, kernel: 5, channels: [1, 12, 1] }, 20)
 */
export const convolutionTraffic = (
  {
    cells,
    kernel,
    channels,
  }: { readonly cells: number; readonly kernel: number; readonly channels: readonly number[] },
  evaluations: number,
  messages?: readonly number[],
): LayerTraffic[] =>
  channels.slice(1).map((outputs, l) => {
    const inputs = channels[l]!
    const sent = messages?.[l] ?? cells * inputs * evaluations
    return {
      ...{ inputs: cells * inputs, outputs: cells * outputs, weights: kernel * inputs * outputs },
      ...{ messages: sent, operations: sent * kernel * outputs },
    }
  })
