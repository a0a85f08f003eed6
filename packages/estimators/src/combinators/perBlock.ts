import {
  add,
  defineFactory,
  defineOptions,
  estimatorsOption,
  Key,
  SpikewardError,
  Tensor,
  treePaths,
} from '@spikeward/core'
import type { Estimator, Tree } from '@spikeward/core'
import { through } from '../layers/through.js'
import { jointlyUnbiased, mostDemanding } from '../shared/facts.js'

type EstimatorsByPath = { readonly [path: string]: Estimator }

/** State of {@link perBlock}: that of each estimator, by path. */
export type PerBlockState = { readonly [path: string]: Tree }

/**
 * One estimator for each part of the parameters. Each sees the loss as a function of its part, with the other parts
 * held constant:
 *
 *     ĝ_b = e_b(θ_b ↦ L(θ))   for each part b
 *
 * The parts are named by their paths (`readout`, `layers.0`) and must cover every tensor once. If the loss has parts,
 * each estimator receives them too, with the affine layers of the other parts held constant.
 *
 * - Cost: the sum of all. Bias: none if no estimator has any. Variance: that of each estimator in its part.
 * - Value: of the first part. Each part has its own key (`key.fold(position)`).
 *
 * @throws INVALID_OPTION; BLOCK_UNKNOWN if a path leads nowhere, BLOCK_OVERLAP if two parts share a tensor,
 * BLOCK_MISSING if
 *   a tensor belongs to none
 * @see ours
 * @example
 * const e = perBlock({ layers: rfg({ directions: 8 }), readout: bp() })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 12
 */
export const perBlock = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'perBlock',
    summary: 'one estimator for each part of the parameters',
    facts: { cost: 'the sum' },
    arguments: /* @__PURE__ */ defineOptions(() => ({
      parts: estimatorsOption('a record of estimators by the path of their part', {
        required: true,
        help: 'estimators by the path of their part',
      }),
    })),
  },
  (read) =>
    (parts: EstimatorsByPath): Estimator<PerBlockState> => {
      read({}, { parts })
      const entries = Object.entries(parts)
      const every = entries.map(([, e]) => e)
      if (entries.length === 0)
        throw new SpikewardError(
          'BLOCK_MISSING',
          'perBlock was given no parts; no tensor would have a gradient; give at least one',
        )
      return {
        name: `perBlock(${entries.map(([path, e]) => `${path}: ${e.name}`).join(', ')})`,
        needs: mostDemanding(every),
        unbiased: jointlyUnbiased(every),
        init: (params) => Object.fromEntries(entries.map(([path, e]) => [path, e.init(nodeAt(params, path))])),
        estimate(loss, params, state, { key }) {
          checkCover(
            params,
            entries.map(([path]) => path),
          )
          const each = entries.map(([path, e], i) => {
            const wrapped = through(
              loss,
              (node: Tree) => replaceAt(params, path.split('.'), node) as typeof params,
              (name) => (name.startsWith(`${path}.`) ? name.slice(path.length + 1) : `../${name}`),
            )
            return e.estimate(wrapped, nodeAt(params, path), state[path]!, { key: key.fold(i) })
          })
          const grad = entries.reduce<Tree>(
            (tree, [path], i) => replaceAt(tree, path.split('.'), each[i]!.grad),
            params,
          )
          return {
            value: each[0]!.value,
            grad: grad as typeof params,
            state: Object.fromEntries(entries.map(([path], i) => [path, each[i]!.state])),
            stats: { forwardEquivalents: each.map((r) => r.stats.forwardEquivalents).reduce((a, b) => add(a, b)) },
          }
        },
      }
    },
)

function nodeAt(tree: Tree, path: string): Tree {
  let node: Tree = tree
  for (const name of path.split('.')) {
    const record = node instanceof Tensor || node instanceof Key ? {} : (node as { readonly [name: string]: Tree })
    const inside = Object.hasOwn(record, name) ? record[name] : undefined
    if (inside === undefined) {
      throw new SpikewardError(
        'BLOCK_UNKNOWN',
        `perBlock: the parameters have nothing at '${path}'; a misspelt part would never be trained; its tensors are ${treePaths(tree).join(', ')}`,
      )
    }
    node = inside
  }
  return node
}

function replaceAt(tree: Tree, path: readonly string[], node: Tree): Tree {
  const [name, ...rest] = path
  if (name === undefined) return node
  if (Array.isArray(tree))
    return (tree as readonly Tree[]).map((child, i) => (String(i) === name ? replaceAt(child, rest, node) : child))
  const record = tree as { readonly [name: string]: Tree }
  return { ...record, [name]: replaceAt(record[name]!, rest, node) }
}

function checkCover(params: Tree, paths: readonly string[]): void {
  for (const leaf of treePaths(params)) {
    const owners = paths.filter((path) => leaf === path || leaf.startsWith(`${path}.`))
    if (owners.length === 1) continue
    if (owners.length === 0) {
      throw new SpikewardError(
        'BLOCK_MISSING',
        `perBlock: '${leaf}' belongs to no part (${paths.join(', ')}); it would have no gradient; name its part`,
      )
    }
    throw new SpikewardError(
      'BLOCK_OVERLAP',
      `perBlock: '${leaf}' belongs to ${owners.join(' and ')}; it can have only one gradient; keep one`,
    )
  }
}
