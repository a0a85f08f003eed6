import { type DType, type Stage, bytesOf } from '@spikeward/core/backend'
import type { Code, Local } from '../wasm/code.js'
import type { Place } from './access.js'
import type { LoadAccess, Loop, StoreAccess } from './kernelGraph.js'
import { LANES, type Nest, type NestLoop } from './nest.js'
import { axesOf, dependencies, stagesOf } from './dependencies.js'
import { partsOf, type Target, type Value } from './ops.js'

/**
 * Coordinates of an instance within the blocks of the enclosing loops, by loop; 0 for a loop that it does not depend
 * on.
 */
export type Instance = readonly number[]

/**
 * The state of emitting a loop nest: the current block of each loop, the address of each access, and the variables of
 * each instance of a node.
 */
export interface Frame {
  readonly c: Code
  readonly target: Target
  readonly loop: Loop
  readonly nest: Nest
  /** Stage of every node, and the axes (as bits) that every node and carry depends on. */
  readonly stages: readonly Stage[]
  readonly nodeAxes: readonly number[]
  readonly carryAxes: readonly number[]
  /** The reduced axes as bits. */
  readonly foldAxes: number
  /** Loads, then stores, each with the variable of its current address. */
  readonly accesses: readonly (LoadAccess | StoreAccess)[]
  readonly address: Local[]
  /** Variables of the coordinate along each axis at the start of the block. */
  readonly coordinates: Map<number, Local>
  /** For each loop, the instances in the current block, and its points. */
  readonly instances: number[]
  readonly points: number[]
  /** The innermost loop (counted from 1) whose axis is in the set; 0: outside all loops. */
  readonly levelOf: (axes: number) => number
  /** The axes that a store depends on, by its address or its value. */
  readonly storeAxes: (s: StoreAccess) => number
  readonly storeIndex: (s: StoreAccess) => number
  /** Instances in a block of `points` points. */
  readonly instancesIn: (l: NestLoop, points: number) => number
  /** All instances in the current blocks of a value that depends on these axes. */
  readonly instancesOf: (axes: number) => Instance[]
  /** The instance without its coordinates along axes that are not in the set. */
  readonly restrict: (at: Instance, axes: number) => Instance
  /** The variables with this name, created at the first call. */
  readonly variable: (what: string, dtype: DType, at: Instance) => Value
  /** The variables of a node; if it reads a carry, those of the carry. */
  readonly valueOf: (node: number, at: Instance) => Value
  readonly carryValue: (carry: number, at: Instance) => Value
  /** The place of an instance's elements. */
  readonly place: (access: number, at: Instance) => Place
}

/** Makes the frame of a function with these address parameters. */
export function makeFrame(c: Code, target: Target, loop: Loop, nest: Nest, pointers: readonly Local[]): Frame {
  const { loops, vector } = nest
  const { nodes: nodeAxes, carries: carryAxes } = dependencies(loop)
  const foldAxes = loop.reduce.reduce((set, a) => set | (1 << a), 0)
  const accesses: readonly (LoadAccess | StoreAccess)[] = [...loop.loads, ...loop.stores]
  const address = accesses.map((a) => pointers[a.pointer]!)
  const instances = loops.map(() => 1)
  const points = loops.map(() => 1)
  const values = new Map<string, Value>()
  const depends = (axes: number, i: number): boolean => (axes & (1 << loops[i]!.axis)) !== 0

  const restrict = (at: Instance, axes: number): Instance => at.map((k, i) => (depends(axes, i) ? k : 0))
  const variable = (what: string, dtype: DType, at: Instance): Value => {
    const key = `${what}:${at.join()}`
    const known = values.get(key)
    if (known !== undefined) return known
    const locals = Array.from({ length: partsOf(dtype) }, () => c.local('v128'))
    values.set(key, locals)
    return locals
  }
  const carryValue = (k: number, at: Instance): Value =>
    variable(`carry ${k}`, loop.carries[k]!.dtype, restrict(at, carryAxes[k]!))

  return {
    c,
    target,
    loop,
    nest,
    nodeAxes,
    carryAxes,
    foldAxes,
    accesses,
    address,
    instances,
    points,
    restrict,
    variable,
    carryValue,
    stages: stagesOf(loop, nodeAxes),
    coordinates: new Map(),
    levelOf: (axes) => loops.findLastIndex((_, i) => depends(axes, i)) + 1,
    storeAxes: (s) => axesOf(s.strides) | nodeAxes[s.node]! | (s.reduce === null ? 0 : foldAxes),
    storeIndex: (s) => accesses.indexOf(s),
    instancesIn: (l, n) => (l.axis === vector ? Math.ceil(n / LANES) : n),
    instancesOf(axes) {
      let all: Instance[] = [[]]
      for (const i of loops.keys()) {
        const n = depends(axes, i) ? instances[i]! : 1
        all = all.flatMap((at) => Array.from({ length: n }, (_, k) => [...at, k]))
      }
      return all
    },
    valueOf(i, at) {
      const node = loop.nodes[i]!
      if (node.op === 'carry' || node.op === 'final') return carryValue(node.carry, at)
      return variable(`${i}`, node.dtype, restrict(at, nodeAxes[i]!))
    },
    place(which, at) {
      const { strides, dtype } = accesses[which]!
      let offset = 0
      let lanes = LANES
      for (const [i, { axis }] of loops.entries()) {
        offset += at[i]! * (axis === vector ? LANES : 1) * strides[axis]! * bytesOf(dtype)
        if (axis === vector) lanes = Math.min(LANES, points[i]! - at[i]! * LANES)
      }
      return { pointer: address[which]!, offset, stride: vector === null ? 0 : strides[vector]!, lanes }
    },
  }
}
