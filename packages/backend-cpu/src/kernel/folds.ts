import { reductionIdentity } from '@spikeward/core/backend'
import { lanesI32, type Local } from '../wasm/code.js'
import { emitStore } from './access.js'
import type { Frame, Instance } from './frame.js'
import type { StoreAccess } from './kernelGraph.js'
import { LANES } from './nest.js'
import { emitConstant, emitOperation, type Value } from './ops.js'

/**
 * The reducing stores of a nest. Every instance has its own accumulator; accumulators are combined in a fixed order.
 */
export interface Folds {
  readonly stores: readonly StoreAccess[]
  /** Emits the neutral elements, once before all loops. */
  readonly begin: () => void
  /** Sets all accumulators to the neutral elements, before the reduced loops. */
  readonly reset: () => void
  /** accumulator = accumulator ∘ value, at every point. */
  readonly add: (s: StoreAccess, at: Instance) => void
  /** Combines the accumulators and stores the result, after the reduced loops. */
  readonly finish: () => void
}

export function makeFolds(frame: Frame): Folds {
  const {
    c,
    target,
    loop,
    nest,
    foldAxes,
    instances,
    instancesOf,
    instancesIn,
    storeAxes,
    storeIndex,
    variable,
    valueOf,
    restrict,
    place,
  } = frame
  const stores = loop.stores.filter((s) => s.reduce !== null)
  const vectorFolds = nest.vector !== null && (foldAxes & (1 << nest.vector)) !== 0

  const neutralOf = (s: StoreAccess): Value => variable(`neutral ${s.reduce} ${s.dtype}`, s.dtype, [])
  const accumulator = (s: StoreAccess, at: Instance): Value => variable(`fold ${storeIndex(s)}`, s.dtype, at)
  const combine = (s: StoreAccess, x: Local, y: Local, to: Local): void => {
    const op = s.dtype === 'bool' ? (s.reduce === 'min' ? 'and' : 'or') : s.reduce === 'sum' ? 'add' : s.reduce!
    emitOperation(
      c,
      target,
      { node: { op, dtype: s.dtype, args: [0, 0] }, from: s.dtype, args: [[x], [y]], constants: [] },
      [to],
    )
  }
  /** The accumulators of a whole block; a shorter last block uses some of them. */
  const all = (s: StoreAccess): Instance[] => {
    const saved = [...instances]
    for (let i = nest.firstFolded; i < nest.loops.length; i++) {
      const l = nest.loops[i]!
      instances[i] = instancesIn(l, Math.min(l.block, l.length))
    }
    const inner = instancesOf(storeAxes(s))
    instances.splice(0, instances.length, ...saved)
    return inner
  }
  /** Combines the lanes of an accumulator in its first lane. */
  const foldLanes = (s: StoreAccess, [low, high]: readonly (Local | undefined)[]): void => {
    const turned = c.local('v128')
    if (high !== undefined) combine(s, low!, high, low!)
    for (const bytes of high === undefined ? [8, 4] : [8]) {
      c.get(low!)
        .get(low!)
        .shuffle(Array.from({ length: 16 }, (_, k) => (k + bytes) % 16))
        .set(turned)
      combine(s, low!, turned, low!)
    }
  }
  return {
    stores,
    begin() {
      for (const s of stores) emitConstant(c, s.dtype, reductionIdentity(s.reduce!, s.dtype), neutralOf(s))
    },
    reset() {
      for (const s of stores) {
        for (const at of all(s)) for (const [p, part] of accumulator(s, at).entries()) c.get(neutralOf(s)[p]!).set(part)
      }
    },
    add(s, at) {
      const to = accumulator(s, at)
      const lanes = vectorFolds ? place(storeIndex(s), at).lanes : LANES
      const perPart = LANES / to.length
      for (const [p, part] of to.entries()) {
        const used = lanes - p * perPart
        if (used <= 0) continue
        let from = valueOf(s.node, at)[p]!
        if (used < perPart) {
          // Lanes beyond the last point are undefined.
          const mask = lanesI32(...[0, 1, 2, 3].map((k) => ((k * perPart) / LANES < used ? -1 : 0)))
          const masked = c.local('v128')
          c.get(from).get(neutralOf(s)[p]!).v128(mask).op('v128.bitselect').set(masked)
          from = masked
        }
        combine(s, part, from, part)
      }
    },
    finish() {
      for (const s of stores) {
        const groups = new Map<string, Instance[]>()
        for (const at of all(s)) {
          const key = restrict(at, ~foldAxes).join()
          groups.set(key, [...(groups.get(key) ?? []), at])
        }
        for (const [first, ...rest] of groups.values()) {
          const total = accumulator(s, first!)
          for (const at of rest) for (const [p, part] of total.entries()) combine(s, part, accumulator(s, at)[p]!, part)
          if (vectorFolds) foldLanes(s, total)
          emitStore(c, s.dtype, place(storeIndex(s), restrict(first!, ~foldAxes)), total)
        }
      }
    },
  }
}
