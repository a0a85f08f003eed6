import {
  argsOf,
  mergeAxes,
  operations,
  stageOf,
  type Kernel,
  type KernelNode,
  type Stage,
} from '@spikeward/core/backend'
import type { Subgroups } from '../device/subgroups.js'
import type { Traits } from '../device/traits.js'
import type { Emitted, Task, Threads } from '../plan/task.js'
import { folding, type Fold } from './folding.js'
import { expressionOf } from './expressionOf.js'
import { constant, fromBits, toBits, typeOf, u32 } from './wgsl.js'
import type { Access } from '@spikeward/core/backend'

/**
 * The axis along which most accesses are contiguous, where stores count twice. Of equal axes it is the last; null
 * without axes.
 */
function contiguousAxis(kernel: Kernel, axes: readonly number[]): { axis: number; score: number } | null {
  let best: { axis: number; score: number } | null = null
  for (const axis of axes) {
    const contiguous = (list: readonly Access[]): number => list.filter((a) => Math.abs(a.strides[axis]!) === 1).length
    const score = contiguous(kernel.loads) + 2 * contiguous(kernel.stores)
    if (best === null || score >= best.score) best = { axis, score }
  }
  return best
}

/** The order of axes in a flat index: unchanged, with `fastest` last. */
const orderedAxes = (axes: readonly number[], fastest: number | undefined): number[] => [
  ...axes.filter((a) => a !== fastest),
  ...(fastest === undefined ? [] : [fastest]),
]

/** WGSL that splits the flat index `flat` into the coordinates c0, c1, … of `axes`, the last one fastest. */
export function coordinates(space: readonly number[], axes: readonly number[], flat: string): string[] {
  const lines: string[] = []
  let rest = flat
  for (let k = axes.length - 1; k >= 0; k--) {
    const axis = axes[k]!
    if (k === 0) lines.push(`let c${axis} = ${rest};`)
    else {
      lines.push(`let c${axis} = ${rest} % ${space[axis]!}u;`, `let q${axis} = ${rest} / ${space[axis]!}u;`)
      rest = `q${axis}`
    }
  }
  return lines
}

/** WGSL for the element at which each operand of a step starts. */
export interface Bases {
  readonly loads: readonly string[]
  readonly stores: readonly string[]
}

const product = (space: readonly number[], axes: readonly number[]): number => axes.reduce((n, a) => n * space[a]!, 1)

/**
 * Makes the task of a kernel. Each point of the axes that are neither time nor reduced is a thread; several threads
 * share a long reduction. Time is a loop in the thread with the state in registers.
 */
export function kernelTask(source: Kernel, bases: Bases, traits: Pick<Traits, 'subgroups'>): Task {
  const kernel = mergeAxes(source)
  const { space, time, reduce } = kernel
  const free = space.flatMap((_, a) => (a === time || reduce.includes(a) ? [] : [a]))
  const points = product(space, free)
  const inner = time !== null ? space[time]! : product(space, reduce)
  const computed = kernel.nodes.filter((n) => 'args' in n || n.op === 'load').length + kernel.stores.length
  return {
    name: kernel.name,
    wide: false,
    lines: kernel.nodes.reduce((n, node) => n + (isLong(node) ? 30 : 1), 10 + kernel.stores.length),
    singleThread: points === 1 && reduce.length === 0,
    serial: Math.ceil((points * (time === null ? inner : 1)) / 256) * (time === null ? 1 : inner) * computed,
    emit: (threads) => {
      const empty = { groups: 0, body: [], tile: 0, bits: 0 }
      if (points === 0 || kernel.stores.length === 0) return empty
      return reduce.length > 0
        ? folded(kernel, bases, free, threads, traits.subgroups)
        : pointwise(kernel, bases, free, threads)
    },
  }
}

/** Operations whose WGSL is a function of several lines. */
const isLong = (node: KernelNode): boolean => 'args' in node && (operations[node.op].work ?? 1) > 3

/** One thread for each point; a time axis is a loop in the thread. */
function pointwise(kernel: Kernel, bases: Bases, free: readonly number[], threads: Threads): Emitted {
  const { space, time } = kernel
  const axes = orderedAxes(free, contiguousAxis(kernel, free)?.axis)
  const points = product(space, free)
  const write = writer(kernel, bases, time === null ? [] : [time])
  const stages = stageOf(kernel)
  const steps = time === null ? 0 : space[time]!
  const body = [
    `let q = g * ${threads}u + l;`,
    `if (q < ${u32(points)}) {`,
    ...coordinates(space, axes, 'q'),
    ...write.addresses,
    ...write.nodes(stages, 'before'),
    ...(time === null
      ? write.stores(() => true, free)
      : [
          ...kernel.carries.map((c, i) => `var s${i}: ${typeOf(c.dtype)} = n${c.init};`),
          `for (var c${time} = 0u; c${time} < ${u32(steps)}; c${time}++) {`,
          ...write.nodes(stages, 'each'),
          ...write.stores((s) => s.when === 'each', free),
          ...kernel.carries.map((c, i) => `let t${i} = n${c.next};`),
          ...kernel.carries.map((_, i) => `s${i} = t${i};`),
          '}',
          ...write.nodes(stages, 'after'),
          ...write.stores((s) => s.when === 'once', free),
        ]),
    '}',
  ]
  return { groups: Math.ceil(points / threads), body, tile: 0, bits: 0 }
}

/** The number of threads that share one reduction: many if the reduced axis is contiguous in memory, few otherwise. */
function foldThreads(folds: number, points: number, contiguous: boolean, threads: Threads): number {
  const least = contiguous ? 8 : 16
  const most = contiguous ? threads : points > 16384 ? 1 : threads / 32
  let n = 1
  while (n * 2 <= most && n * 2 * least <= folds) n *= 2
  return n
}

/** One result for each lane of a workgroup, reduced by one or several threads. */
function folded(
  kernel: Kernel,
  bases: Bases,
  free: readonly number[],
  threads: Threads,
  subgroups: Subgroups | null,
): Emitted {
  const { space, reduce } = kernel
  const points = product(space, free)
  const folds = product(space, reduce)
  const [ahead, across] = [contiguousAxis(kernel, free), contiguousAxis(kernel, reduce)]
  const contiguous = (across?.score ?? 0) > (ahead?.score ?? 0) || points === 1
  const together = foldThreads(folds, points, contiguous, threads)
  const lanes = threads / together
  const write = writer(kernel, bases, reduce)
  const stages = foldStages(kernel)
  const results = kernel.stores.flatMap((s, i): Fold[] => (s.reduce === null ? [] : [{ store: s, index: i }]))
  // Partial results within a subgroup need no workgroup memory.
  const shuffled = contiguous && subgroups !== null ? Math.min(together, subgroups.minSize) : 1
  const fold = folding(results, together, shuffled)
  const body = [
    contiguous
      ? `let lane = l / ${together}u; let part = l % ${together}u;`
      : `let lane = l % ${lanes}u; let part = l / ${lanes}u;`,
    `let q = g * ${lanes}u + lane;`,
    `let here = q < ${u32(points)};`,
    ...fold.begin,
    `if (here) {`,
    ...coordinates(space, orderedAxes(free, ahead?.axis), 'q'),
    ...write.addresses,
    ...write.nodes(stages, 'before'),
    ...(folds === 0
      ? []
      : [
          `for (var r = part; r < ${u32(folds)}; r += ${together}u) {`,
          ...coordinates(space, orderedAxes(reduce, across?.axis), 'r'),
          ...write.nodes(stages, 'each'),
          ...write.stores((s) => s.reduce === null, [...free, ...reduce]),
          ...fold.each,
          '}',
        ]),
    '}',
    ...fold.together,
    `if (here && part == 0u) {`,
    ...coordinates(space, orderedAxes(free, ahead?.axis), 'q'),
    ...write.addresses,
    ...write.results(fold.valueOf, free),
    '}',
  ]
  return { groups: Math.ceil(points / lanes), body, tile: 0, bits: together > shuffled ? threads : 0 }
}

/** The stages of a reduction: `each` for nodes that vary along a reduced axis. */
function foldStages(kernel: Kernel): Stage[] {
  const moves = (strides: readonly number[]): boolean => kernel.reduce.some((a) => strides[a] !== 0)
  const stages: Stage[] = []
  for (const node of kernel.nodes) {
    const own =
      (node.op === 'load' && moves(kernel.loads[node.operand]!.strides)) ||
      (node.op === 'index' && kernel.reduce.includes(node.axis))
    stages.push(own || argsOf(node).some((a) => stages[a] === 'each') ? 'each' : 'before')
  }
  return stages
}

interface Writer {
  /** The address of each access at the coordinates that are known before the inner loop. */
  readonly addresses: readonly string[]
  nodes(stages: readonly Stage[], stage: Stage): string[]
  stores(keep: (store: Kernel['stores'][number]) => boolean, free: readonly number[]): string[]
  results(valueOf: (index: number) => string, free: readonly number[]): string[]
}

/** Generates the nodes and accesses of a kernel; `inner` are the axes of the loop within a thread. */
function writer(kernel: Kernel, bases: Bases, inner: readonly number[]): Writer {
  const { space } = kernel
  const along = (strides: readonly number[], axes: readonly number[]): string =>
    axes
      .flatMap((a) => (strides[a] === 0 ? [] : [strides[a] === 1 ? ` + c${a}` : ` + c${a} * ${u32(strides[a]!)}`]))
      .join('')
  const outer = space.flatMap((_, a) => (inner.includes(a) ? [] : [a]))
  const start = (name: string, base: string, access: Kernel['loads'][number]): string =>
    `let ${name} = ${base}${access.offset === 0 ? '' : ` + ${u32(access.offset)}`}${along(access.strides, outer)};`
  const valueOf = (node: KernelNode): string => {
    switch (node.op) {
      case 'const':
        return constant(node.dtype, node.value)
      case 'load': {
        const access = kernel.loads[node.operand]!
        return fromBits(node.dtype, `m[a${node.operand}${along(access.strides, inner)}]`)
      }
      case 'index':
        return node.dtype === 'bool' ? `c${node.axis} != 0u` : `${typeOf(node.dtype)}(c${node.axis})`
      case 'carry':
      case 'final':
        return `s${node.carry}`
      default: {
        const second = node.args[1] === undefined ? undefined : kernel.nodes[node.args[1]]
        const exponent = second?.op === 'const' ? second.value : null
        return expressionOf(
          node,
          kernel.nodes[node.args[0]!]!.dtype,
          node.args.map((a) => `n${a}`),
          exponent,
        )
      }
    }
  }
  // Along an axis of stride 0 the value is the same, so one thread writes it.
  const once = (strides: readonly number[], free: readonly number[], line: string): string => {
    const still = free.filter((a) => strides[a] === 0 && space[a]! > 1)
    return still.length === 0 ? line : `if (${still.map((a) => `c${a} == 0u`).join(' && ')}) { ${line} }`
  }
  const put = (index: number, axes: readonly number[], bits: string): string =>
    `m[b${index}${along(kernel.stores[index]!.strides, axes)}] = ${bits};`
  return {
    addresses: [
      ...kernel.loads.map((access, i) => start(`a${i}`, bases.loads[i]!, access)),
      ...kernel.stores.map((access, i) => start(`b${i}`, bases.stores[i]!, access)),
    ],
    nodes: (stages, stage) =>
      kernel.nodes.flatMap((node, i) =>
        stages[i] === stage ? [`let n${i}: ${typeOf(node.dtype)} = ${valueOf(node)};`] : [],
      ),
    stores: (keep, free) =>
      kernel.stores.flatMap((s, i) =>
        keep(s)
          ? [
              once(
                s.strides,
                free,
                put(i, s.when === 'once' && kernel.time !== null ? [] : inner, toBits(s.dtype, `n${s.node}`)),
              ),
            ]
          : [],
      ),
    results: (result, free) =>
      kernel.stores.flatMap((s, i) =>
        s.reduce === null ? [] : [once(s.strides, free, put(i, [], toBits(s.dtype, result(i))))],
      ),
  }
}
