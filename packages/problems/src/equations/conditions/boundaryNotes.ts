import { SpikewardError } from '@spikeward/core'
import type { BoundaryCell, NamedCondition, Space } from '../spaces/space.js'

/** Two parts of a boundary overlap if they share more than this part of the smaller one; sides share their corners. */
const SHARED = 0.02

/** Rounding errors of a coordinate, as a share of its interval. */
const ROUNDED = 1e-9

/** Two conditions that state something about one component on the same part of the boundary. */
type Pair = { readonly component: string; readonly first: NamedCondition; readonly second: NamedCondition }

const sizeOf = (cells: Iterable<BoundaryCell>): number => Array.from(cells).reduce((sum, { size }) => sum + size, 0)

function overlap(a: ReadonlySet<BoundaryCell>, b: ReadonlySet<BoundaryCell>): boolean {
  const [small, large] = sizeOf(a) < sizeOf(b) ? [a, b] : [b, a]
  return sizeOf([...small].filter((cell) => large.has(cell))) > SHARED * sizeOf(small)
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

/** Whether two conditions give the same number or function; those of a Robin condition are a record of them. */
const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (isRecord(a) && isRecord(b) && Object.entries(a).every(([name, value]) => value === b[name]))

/** Pairs of conditions that state different things about a component on the same part of the boundary. */
function pairsOf(conditions: readonly NamedCondition[]): readonly Pair[] {
  return conditions.flatMap((first, i) =>
    conditions.slice(i + 1).flatMap((second): Pair[] => {
      const [a, b] = [first.states?.of ?? {}, second.states?.of ?? {}]
      const isOneKind = first.states?.kind === second.states?.kind
      const component = Object.keys(a).find(
        (name) => Object.hasOwn(b, name) && !(isOneKind && isSame(a[name], b[name])),
      )
      return component !== undefined && overlap(first.cells!, second.cells!) ? [{ component, first, second }] : []
    }),
  )
}

/**
 * Refuses two conditions of one kind on the same part of the boundary, which no solution satisfies unless they give the
 * same values. The same number, or the same function, is accepted.
 *
 * @throws INVALID_OPTION
 */
export function checkOverlap(name: string, conditions: readonly NamedCondition[]): void {
  const twice = pairsOf(conditions).find(({ first, second }) => first.states!.kind === second.states!.kind)
  if (twice === undefined) return
  const { component, first, second } = twice
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name}: '${first.name}' and '${second.name}' hold on the same part of the boundary, where ${component} cannot satisfy both; ` +
      `let 'on' of one of them name only the other parts, such as 'x = 0', 'x < 0.5' or 'y > 1'`,
  )
}

/** The order of an equation along an axis from which on it needs a condition at both ends. */
const BOTH_ENDS = 2

/**
 * Notes on a statement that may still be right: parts of the boundary without a condition, and parts with two of
 * different kinds. A transform of the output and measurements may take the place of conditions, so that with either
 * nothing is said about missing ones.
 *
 * @param order the highest derivative along each axis
 */
export function boundaryNotes(
  space: Space,
  order: readonly number[],
  conditions: readonly NamedCondition[],
  { replaced, unknown }: { readonly replaced: boolean; readonly unknown: boolean },
): readonly string[] {
  const needed = space.cells.filter(({ axes }) => axes.some((axis) => order[axis]! >= BOTH_ENDS))
  const open = replaced ? [] : openParts(space, needed, conditions)
  const highest = Math.max(0, ...order.filter((_, axis) => space.axes[axis] !== space.time))
  // Two kinds at once belong to equations of order 4, and to inverse problems.
  const pairs = unknown || highest > BOTH_ENDS ? [] : pairsOf(conditions)
  return [
    ...(open.length === 0
      ? []
      : [
          `no condition holds on ${open.join(', ')}; an equation of order ${highest} usually needs one on each part of the boundary (an outflow may need none)`,
        ]),
    ...pairs.map(
      ({ component, first, second }) =>
        `'${first.name}' and '${second.name}' both hold on a part of the boundary; an equation of order ${highest} usually takes one condition for ${component} there`,
    ),
  ]
}

/** A coordinate with three digits; 0 where it differs from 0 by a rounding error of its interval. */
const rounded = (x: number, [low, high]: readonly [number, number]): number =>
  Math.abs(x) < ROUNDED * (high - low) ? 0 : Number(x.toPrecision(3))

/** Where no condition holds: named parts, and the share of the rest. */
function openParts(
  { domain }: Space,
  cells: readonly BoundaryCell[],
  conditions: readonly NamedCondition[],
): readonly string[] {
  const covered = new Set(conditions.flatMap((c) => [...(c.cells ?? [])]))
  const open = cells.filter((cell) => !covered.has(cell))
  const isOpen = (name: string): boolean => cells.every((cell) => !cell.names.includes(name) || !covered.has(cell))
  const names = [...new Set(open.flatMap((cell) => cell.names))].filter(isOpen)
  const rest = open.filter((cell) => !cell.names.some((name) => names.includes(name)))
  const share = sizeOf(rest) / sizeOf(cells)
  const point = rest[0]?.at?.map((x, a) => rounded(x, domain[a]!)).join(', ')
  return [
    ...names.map((name) => `'${name}'`),
    ...(share > SHARED ? [`${Math.round(100 * share)} % of the boundary, such as the point (${point})`] : []),
  ]
}
