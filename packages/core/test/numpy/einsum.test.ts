import { describe, expect, it } from 'vitest'
import { type Tensor, einsum, jvp, key, matmul, normal, tensor } from '../../src/index.js'

const values = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const draw = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape, { dtype: 'f64' })

/** The definition: a loop over every letter. */
async function naive(subscripts: string, ...operands: Tensor[]): Promise<number[]> {
  const [left, out] = subscripts.split('->') as [string, string]
  const terms = left.split(',')
  const data = await Promise.all(operands.map(values))
  const lengths = new Map(terms.flatMap((t, i) => [...t].map((l, a) => [l, operands[i]!.shape[a]!] as const)))
  const letters = [...out, ...[...lengths.keys()].filter((l) => !out.includes(l))]
  const result = new Array<number>([...out].reduce((n, l) => n * lengths.get(l)!, 1)).fill(0)
  const index = (term: string, at: Map<string, number>): number =>
    [...term].reduce((n, l) => n * lengths.get(l)! + at.get(l)!, 0)
  const total = letters.reduce((n, l) => n * lengths.get(l)!, 1)
  for (let flat = 0; flat < total; flat++) {
    const at = new Map<string, number>()
    let rest = flat
    for (const l of [...letters].reverse()) {
      at.set(l, rest % lengths.get(l)!)
      rest = Math.floor(rest / lengths.get(l)!)
    }
    result[index(out, at)]! += terms.reduce((p, t, i) => p * data[i]![index(t, at)]!, 1)
  }
  return result
}

describe('einsum', () => {
  it.each([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'ij,jk->ki',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    ['i,j->ij', [[2], [3]]],
    [
      'ij,ij->',
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      'ij,ij->ij',
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      'bij,bjk->bik',
      [
        [2, 3, 4],
        [2, 4, 3],
      ],
    ],
    ['ij,k->j', [[2, 3], [4]]],
    ['ij->ji', [[2, 3]]],
    ['ij->', [[2, 3]]],
    [
      'nk,xkr,tkr->nxt',
      [
        [2, 3],
        [4, 3, 2],
        [5, 3, 2],
      ],
    ],
    [
      'nk,xk,yk,zk->nxyz',
      [
        [2, 3],
        [2, 3],
        [3, 3],
        [2, 3],
      ],
    ],
    [
      'pr,pr,pr->p',
      [
        [4, 3],
        [4, 3],
        [4, 3],
      ],
    ],
    [
      'nqk,xqk,tk->nxtq',
      [
        [2, 2, 3],
        [4, 2, 3],
        [5, 3],
      ],
    ],
  ] as [string, number[][]][])('%s equals the loop', async (subscripts, shapes) => {
    const operands = shapes.map((s, i) => draw(i, ...s))
    const found = await values(einsum(subscripts, ...operands))
    const expected = await naive(subscripts, ...operands)
    expect(found).toHaveLength(expected.length)
    expected.forEach((v, i) => expect(found[i]).toBeCloseTo(v, 12))
  })

  it('without a result takes the letters that occur once', async () => {
    const [a, b] = [draw(0, 2, 3), draw(1, 3, 4)]
    expect(await values(einsum('ij,jk', a, b))).toEqual(await values(matmul(a, b)))
    expect(einsum('ba', a).shape).toEqual([3, 2])
  })

  it('is differentiable: the product rule', async () => {
    const [a, b, da, db] = [draw(0, 2, 3), draw(1, 2, 3), draw(2, 2, 3), draw(3, 2, 3)]
    const [, d] = jvp((x: Tensor, y: Tensor) => einsum('ij,ij->i', x, y), [a, b], [da, db])
    const expected = (await naive('ij,ij->i', da, b)).map((v) => v)
    const other = await naive('ij,ij->i', a, db)
    const found = await values(d)
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]! + other[i]!, 12))
  })

  it.each([
    ['ij,jk', 1, 'INVALID_ARGUMENT'],
    ['ii', 1, 'INVALID_ARGUMENT'],
    ['...i', 1, 'INVALID_ARGUMENT'],
    ['ij->ik', 1, 'INVALID_ARGUMENT'],
    ['ij->ii', 1, 'INVALID_ARGUMENT'],
    ['ijk', 1, 'INVALID_ARGUMENT'],
    ['ij,ji->', 2, 'SHAPE_MISMATCH'],
  ])('refuses %s', (subscripts, n, code) => {
    const operands = Array.from({ length: n }, () =>
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    )
    expect(() => einsum(subscripts, ...operands)).toThrow(expect.objectContaining({ code }) as Error)
  })
})
