import { printAval } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { mul } from './elementwise.js'
import { dotGeneral, sum } from './reduce.js'
import { reshape, transpose } from './shape.js'

type Term = { readonly labels: readonly string[]; readonly tensor: Tensor }

const refuse = (subscripts: string, what: string): never => {
  throw new SpikewardError('INVALID_ARGUMENT', `einsum('${subscripts}'): ${what}`)
}

/** Labels of every operand and of the result, checked against the operands; lengths by label. */
function parse(
  subscripts: string,
  operands: readonly Tensor[],
): { terms: Term[]; out: string[]; lengths: Map<string, number> } {
  const compact = subscripts.replaceAll(' ', '')
  if (!/^[a-zA-Z]*(,[a-zA-Z]*)*(->[a-zA-Z]*)?$/.test(compact)) {
    refuse(subscripts, "write letters for axes, commas between operands and '->' before the result: 'ij,jk->ik'")
  }
  const [left, right] = compact.split('->') as [string, string | undefined]
  const inputs = left.split(',').map((s) => [...s])
  if (inputs.length !== operands.length) {
    refuse(subscripts, `${inputs.length} terms for ${operands.length} operands; write one for each`)
  }
  const lengths = new Map<string, number>()
  const terms = operands.map((tensor, i): Term => {
    const labels = inputs[i]!
    if (labels.length !== tensor.ndim || new Set(labels).size !== labels.length) {
      refuse(subscripts, `term '${labels.join('')}' for ${printAval(tensor.aval)}; it needs one letter for each axis`)
    }
    labels.forEach((label, a) => {
      const length = tensor.shape[a]!
      const known = lengths.get(label) ?? length
      if (known !== length) {
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `einsum('${subscripts}'): axis '${label}' is ${known} and ${length}; axes of one letter must agree`,
        )
      }
      lengths.set(label, length)
    })
    return { labels, tensor }
  })
  const flat = inputs.flat()
  const out =
    right === undefined ? [...new Set(flat)].filter((l) => flat.indexOf(l) === flat.lastIndexOf(l)).sort() : [...right]
  if (new Set(out).size !== out.length || out.some((l) => !lengths.has(l))) {
    refuse(subscripts, `result '${out.join('')}'; name axes of the operands, each once`)
  }
  return { terms, out, lengths }
}

/** Sums over the axes that neither another operand nor the result has. */
function reduceTo({ labels, tensor }: Term, keep: ReadonlySet<string>): Term {
  const summed = labels.flatMap((l, a) => (keep.has(l) ? [] : [a]))
  return summed.length === 0
    ? { labels, tensor }
    : { labels: labels.filter((l) => keep.has(l)), tensor: sum(tensor, summed) }
}

/** `t` with its axes in the order of `labels`, and axes of length 1 for labels that it lacks. */
function spread(t: Term, labels: readonly string[]): Tensor {
  const own = labels.filter((l) => t.labels.includes(l))
  const ordered = inOrder(t, own)
  return reshape(
    ordered,
    labels.map((l) => (own.includes(l) ? ordered.shape[own.indexOf(l)]! : 1)),
  )
}

/** The tensor with its axes in the order of `labels`. */
function inOrder(t: Term, labels: readonly string[]): Tensor {
  const perm = labels.map((l) => t.labels.indexOf(l))
  return perm.every((p, a) => p === a) ? t.tensor : transpose(t.tensor, perm)
}

/**
 * The product of two operands: axes of both that are still needed are batch axes, the other axes of both are
 * contracted.
 */
function contract(a: Term, b: Term, keep: ReadonlySet<string>): Term {
  const both = a.labels.filter((l) => b.labels.includes(l))
  const summed = both.filter((l) => !keep.has(l))
  const batch = both.filter((l) => keep.has(l))
  const free = (t: Term): readonly string[] => t.labels.filter((l) => !both.includes(l))
  const labels = [...batch, ...free(a), ...free(b)]
  // Without a contraction the product is pointwise, and fuses with other operations.
  if (summed.length === 0) return { labels, tensor: mul(spread(a, labels), spread(b, labels)) }
  const places = (of: readonly string[]): [number[], number[]] => [
    of.map((l) => a.labels.indexOf(l)),
    of.map((l) => b.labels.indexOf(l)),
  ]
  return { labels, tensor: dotGeneral(a.tensor, b.tensor, { contract: places(summed), batch: places(batch) }) }
}

/**
 * Sums of products over named axes (Einstein's convention), as products of two operands.
 *
 *     einsum('ij,jk->ik', A, B)_ik = Σ_j A_ij B_jk
 *
 * With more than two operands, the pair with the smallest product is multiplied first. Without '->', the result has the
 * letters that occur once, in alphabetical order.
 *
 * @param subscripts a letter for every axis of every operand, and those of the result; ellipses and repeated letters in
 *   a term are not supported
 * @param operands tensors of the same element type
 * @throws INVALID_ARGUMENT for invalid subscripts; SHAPE_MISMATCH if axes of one letter differ
 * @see NumPy's einsum, which also takes diagonals ('ii->i') and ellipses
 * @example einsum('nk,xk,tk->nxt', branch, x, t)   // a separable operator network on a grid
 */
export function einsum(subscripts: string, ...operands: readonly Tensor[]): Tensor {
  const { terms, out, lengths } = parse(subscripts, operands)
  const neededBesides = (rest: readonly Term[]): Set<string> => new Set([...out, ...rest.flatMap((t) => t.labels)])
  let left = terms.map((t, i) => reduceTo(t, neededBesides(terms.filter((_, j) => j !== i))))
  while (left.length > 1) {
    let best: { readonly i: number; readonly j: number; readonly size: number } | undefined
    for (let i = 0; i < left.length; i++) {
      for (let j = i + 1; j < left.length; j++) {
        const keep = neededBesides(left.filter((_, k) => k !== i && k !== j))
        const labels = new Set([...left[i]!.labels, ...left[j]!.labels])
        let size = 1
        for (const l of labels) if (keep.has(l)) size *= lengths.get(l)!
        if (best === undefined || size < best.size) best = { i, j, size }
      }
    }
    const { i, j } = best!
    const rest = left.filter((_, k) => k !== i && k !== j)
    left = [contract(left[i]!, left[j]!, neededBesides(rest)), ...rest]
  }
  return inOrder(left[0]!, out)
}
