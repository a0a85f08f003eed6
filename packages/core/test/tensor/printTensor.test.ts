import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { arange, greater, jit, jvp, referenceBackend, reshape, tensor, vmap, zeros } from '../../src/index.js'
import type { Backend, Tensor } from '../../src/index.js'

/** A backend whose memory cannot be read without waiting. */
const waiting = (): Backend => {
  const { readSync: _, ...rest } = referenceBackend()
  return { ...rest, name: 'gpu' }
}

describe('a tensor prints', () => {
  it.each([
    ['a scalar', () => tensor(3.5), 'Tensor f32[] on reference 3.5'],
    ['a vector', () => tensor([1, 0.1, -2e-8]), 'Tensor f32[3] on reference [1, 0.1, -2e-8]'],
    [
      'a matrix in aligned columns',
      () =>
        tensor([
          [1, 2.5],
          [-3, 4],
        ]),
      'Tensor f32[2,2] on reference\n[[  1, 2.5],\n [ -3,   4]]',
    ],
    [
      'three axes with a line between',
      () =>
        tensor([
          [[1], [2]],
          [[3], [4]],
        ]),
      'Tensor f32[2,2,1] on reference\n[[[1],\n  [2]],\n\n [[3],\n  [4]]]',
    ],
    ['truths', () => greater(tensor([1, 3]), 2), 'Tensor bool[2] on reference [false, true]'],
    ['no elements', () => zeros([0, 3]), 'Tensor f32[0,3] on reference\n[]'],
    ['what is not finite', () => tensor([NaN, Infinity, -0]), 'Tensor f32[3] on reference [NaN, Infinity, -0]'],
    ['the ends of a long one', () => arange(1000), /^Tensor \w+\[1000\] on reference \[0, 1, 2, …, 997, 998, 999\]$/],
    [
      'the corners of a large one',
      () => reshape(arange(400), [20, 20]),
      /\[\[ {2}0, {3}1, {3}2, …, {2}17, {2}18, {2}19\],\n(.*\n){2} …,\n(.*\n){2} \[380, .* 399\]\]$/,
    ],
    [
      'the number of elements of a huge one',
      () => zeros([2000, 1000]),
      'Tensor f32[2000,1000] on reference; 2000000 values, too many to show',
    ],
  ] as const)('%s', (_, make, text) => {
    const t = make()
    if (typeof text === 'string') expect(String(t)).toBe(text)
    else expect(String(t)).toMatch(text)
    expect(inspect(t)).toBe(String(t))
    expect(t.toString()).toBe(String(t))
  })

  it('inside of records', () => {
    expect(inspect({ weight: tensor([1, 2]) })).toBe('{ weight: Tensor f32[2] on reference [1, 2] }')
  })

  it('how to read it, where it cannot be read at once', () => {
    expect(String(tensor([1, 2], { backend: waiting() }))).toBe('Tensor f32[2] on gpu; await t.data() reads its values')
  })

  it('why it has no values, and never throws', async () => {
    const freed = tensor([1])
    freed.dispose()
    expect(String(freed)).toBe('Tensor f32[1], disposed')
    const backend = referenceBackend()
    const orphan = tensor([1], { backend })
    await backend[Symbol.asyncDispose]()
    expect(String(orphan)).toMatch(/^Tensor f32\[1\] on reference; .*BACKEND_DISPOSED/)
  })

  it('its type where it is traced', () => {
    const seen: string[] = []
    const look = (x: Tensor): Tensor => {
      seen.push(String(x))
      return x
    }
    jit(look)(tensor([1, 2]))
    jvp(look, [tensor([1, 2])], [tensor([1, 0])])
    vmap(look)(tensor([[1, 2]]))
    expect(seen).toEqual(Array.from({ length: 3 }, () => 'Tensor f32[2], traced'))
  })
})

describe('a tensor in a notebook', () => {
  type Shown = Readonly<Record<symbol, () => Promise<Readonly<Record<string, string>>>>>
  const shown = (t: Tensor) => (t as unknown as Shown)[Symbol.for('Jupyter.display')]!()

  it.each([
    [
      'a matrix',
      () => tensor([[1, 2]]),
      '<table><tr><td>1</td><td>2</td></tr></table><p>Tensor f32[1,2] on reference</p>',
    ],
    ['a number', () => tensor(3), '<table><tr><td>3</td></tr></table><p>Tensor f32[] on reference</p>'],
    ['no elements', () => zeros([2, 0]), '<table></table><p>Tensor f32[2,0] on reference</p>'],
    ['the ends of a long one', () => reshape(arange(400), [400, 1]), /<td>2<.*<td>…<.*<td>397</],
  ])('%s is a table', async (_, make, expected) => {
    const { 'text/html': html, 'text/plain': text } = await shown(make())
    if (typeof expected === 'string') expect(html).toBe(expected)
    else expect(html).toMatch(expected)
    expect(text).toMatch(/^Tensor /)
  })

  it('has its text alone inside a traced function, and after its end', async () => {
    const seen: Promise<object>[] = []
    jit((t: Tensor) => {
      seen.push(shown(t))
      return t
    })(tensor([1]))
    const ended = tensor([1])
    ended.dispose()
    seen.push(shown(ended))
    expect(await Promise.all(seen)).toEqual([
      { 'text/plain': 'Tensor f32[1], traced' },
      { 'text/plain': 'Tensor f32[1], disposed' },
    ])
  })
})
