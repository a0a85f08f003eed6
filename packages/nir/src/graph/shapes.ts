import { type NirArray, type NirGraph, type NirNode, isArray, isGraph, toDoubles } from './nirData.js'
import { malformed, nodeTypes } from './nodeTypes.js'

/** Shapes of the inputs and outputs of a node, without batch and time; null if the standard does not specify them. */
export interface NodeShapes {
  readonly input: readonly number[] | null
  readonly output: readonly number[] | null
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** A parameter that must be an array. */
export function arrayOf(name: string, node: NirNode, parameter: string): NirArray {
  const value = node.parameters[parameter]
  if (isArray(value)) return value
  throw malformed(`node '${name}' of type ${node.type} has no array '${parameter}'`)
}

/** Whole numbers of an array, such as those of a shape. */
export function wholeNumbers(name: string, node: NirNode, parameter: string): number[] {
  const values = [...toDoubles(arrayOf(name, node, parameter))]
  if (values.every(Number.isSafeInteger)) return values
  throw malformed(`'${parameter}' of node '${name}' is [${values.slice(0, 8).join(', ')}], which are not whole numbers`)
}

/** The shape that an Input or Output declares. */
function declared(name: string, node: NirNode): readonly number[] {
  const shape = wholeNumbers(name, node, 'shape')
  if (shape.every((n) => n >= 1)) return shape
  throw malformed(`the shape of node '${name}' is [${shape.join(', ')}]; every size must be at least 1`)
}

function affineShapes(name: string, node: NirNode): NodeShapes {
  const { shape } = arrayOf(name, node, 'weight')
  if (shape.length < 2) throw malformed(`the weight of node '${name}' has shape [${shape.join(', ')}], not [out, in]`)
  const outer = shape.slice(0, -2)
  const output = [...outer, shape.at(-2)!]
  if (node.type === 'Affine') {
    const bias = arrayOf(name, node, 'bias')
    if (size(bias.shape) !== size(output))
      throw malformed(`the bias of node '${name}' has shape [${bias.shape.join(', ')}], not [${output.join(', ')}]`)
  }
  return { input: [...outer, shape.at(-1)!], output }
}

/**
 * The whole numbers of a parameter, one for each spatial axis: one number stands for all.
 *
 * @throws NIR_MALFORMED for another count, or numbers below 1 (below 0 for `padding`)
 */
export function spatial(name: string, node: NirNode, parameter: string, axes: number): number[] {
  const values = wholeNumbers(name, node, parameter)
  const all = values.length === 1 ? Array.from({ length: axes }, () => values[0]!) : values
  if (all.length === axes && all.every((n) => n >= (parameter === 'padding' ? 0 : 1))) return all
  throw malformed(`'${parameter}' of node '${name}' is [${values.slice(0, 8).join(', ')}], which does not fit`)
}

/** The most places of a window along an axis: a file that asks for more is damaged or malicious. */
const MOST_PLACES = 2 ** 20

/** The places of windows along each spatial axis, ⌊(n + 2p − d (k − 1) − 1)/s⌋ + 1; with padding `same`, ⌈n/s⌉. */
export function outputSpace(
  name: string,
  space: readonly number[],
  size: readonly number[],
  how: { stride: readonly number[]; padding: readonly number[] | 'same'; dilation?: readonly number[] },
): number[] {
  const { stride, padding, dilation } = how
  return space.map((n, a) => {
    if (padding === 'same') return Math.ceil(n / stride[a]!)
    const places = Math.floor((n + 2 * padding[a]! - (dilation?.[a] ?? 1) * (size[a]! - 1) - 1) / stride[a]!) + 1
    if (places >= 1 && places <= MOST_PLACES) return places
    throw malformed(`the windows of node '${name}', [${size.join(', ')}], do not fit into [${space.join(', ')}]`)
  })
}

function convolutionShapes(name: string, node: NirNode): NodeShapes {
  const { shape } = arrayOf(name, node, 'weight')
  const axes = node.type === 'Conv1d' ? 1 : 2
  const [out = 0, perGroup = 0, ...size] = shape
  if (size.length !== axes || shape.some((n) => n < 1))
    throw malformed(`the weight of node '${name}' has shape [${shape.join(', ')}], not [out, in, …${axes} sizes]`)
  const at = (parameter: string): number[] => spatial(name, node, parameter, axes)
  const bias = arrayOf(name, node, 'bias')
  const [groups = 1] = at('groups')
  if (bias.data.length !== out || out % groups !== 0)
    throw malformed(`node '${name}' has ${out} channels, ${bias.data.length} biases and ${groups} groups`)
  const { input_shape: inputShape, padding } = node.parameters
  if (!isArray(inputShape)) return { input: null, output: null }
  const space = wholeNumbers(name, node, 'input_shape')
  if (space.length !== axes)
    throw malformed(`'input_shape' of node '${name}' is [${space.join(', ')}]; it needs ${axes} sizes`)
  const added = padding === 'same' ? ('same' as const) : padding === 'valid' ? space.map(() => 0) : at('padding')
  const how = { stride: at('stride'), dilation: at('dilation'), padding: added }
  return { input: [perGroup * groups, ...space], output: [out, ...outputSpace(name, space, size, how)] }
}

function flattenShapes(name: string, node: NirNode): NodeShapes {
  if (!isArray(node.parameters['input_type'])) return { input: null, output: null }
  const input = wholeNumbers(name, node, 'input_type')
  const rank = input.length
  const at = (parameter: string): number => {
    const [value = 0] = wholeNumbers(name, node, parameter)
    const axis = value < 0 ? value + rank : value
    if (axis >= 0 && axis < rank) return axis
    throw malformed(`'${parameter}' of node '${name}' is ${value}, but its input has ${rank} axes`)
  }
  const [start, end] = [at('start_dim'), at('end_dim')]
  if (start > end) throw malformed(`node '${name}' flattens from axis ${start} to the earlier axis ${end}`)
  return {
    input,
    output: [...input.slice(0, start), size(input.slice(start, end + 1)), ...input.slice(end + 1)],
  }
}

function elementwiseShapes(name: string, node: NirNode): NodeShapes {
  const rule = nodeTypes[node.type]!
  const required = rule.parameters.filter((p) => p.default === undefined)
  const { shape } = arrayOf(name, node, required[0]!.name)
  for (const { name: parameter, default: value } of rule.parameters) {
    if (value !== undefined && node.parameters[parameter] === undefined) continue
    const array = arrayOf(name, node, parameter)
    const scalar = value !== undefined && size(array.shape) === 1
    if (scalar || array.shape.join() === shape.join()) continue
    throw malformed(
      `'${parameter}' of node '${name}' has shape [${array.shape.join(', ')}], but '${required[0]!.name}' has [${shape.join(', ')}]`,
    )
  }
  return { input: shape, output: shape }
}

/** The single node of a type in a graph. */
export function single(graph: NirGraph, type: 'Input' | 'Output', where: string): readonly [string, NirNode] {
  const nodes = Object.entries(graph.nodes).filter((e): e is [string, NirNode] => e[1].type === type)
  if (nodes.length === 1) return nodes[0]!
  throw malformed(`${where} has ${nodes.length} nodes of type ${type}, but exactly one is needed`)
}

/** Shapes of a node, after a check of its parameters. */
export function shapesOf(name: string, node: NirNode | NirGraph): NodeShapes {
  if (isGraph(node)) {
    const [input, output] = [single(node, 'Input', `graph '${name}'`), single(node, 'Output', `graph '${name}'`)]
    return { input: declared(...input), output: declared(...output) }
  }
  const rule = Object.hasOwn(nodeTypes, node.type) ? nodeTypes[node.type]! : undefined
  if (rule === undefined) return { input: null, output: null }
  if (node.type === 'Input' || node.type === 'Output') {
    const shape = declared(name, node)
    return { input: shape, output: shape }
  }
  if (rule.elementwise) return elementwiseShapes(name, node)
  switch (node.type) {
    case 'Flatten':
      return flattenShapes(name, node)
    case 'Conv1d':
    case 'Conv2d':
      return convolutionShapes(name, node)
    case 'SumPool2d':
    case 'AvgPool2d':
      return { input: null, output: null }
    default:
      return affineShapes(name, node)
  }
}
