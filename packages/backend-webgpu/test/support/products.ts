import { expect } from 'vitest'
import { referenceBackend, type Backend, type DotRoutine, type Plan, type TypedArray } from '@spikeward/core/backend'

/** Layouts of the operands of a product that is large enough for tiles, none of which it fills. */
export const layouts = {
  'row-major': {},
  spikes: { binary: true },
  'both transposed': { a: { batch: 70 * 40, m: 1, k: 70 }, b: { batch: 40 * 65, k: 1, n: 40 } },
  'A transposed and shared by the batch': { a: { batch: 0, m: 1, k: 70 } },
  'both shared by the batch': { a: { batch: 0, m: 40, k: 1 }, b: { batch: 0, k: 65, n: 1 } },
} as const satisfies Record<string, Partial<DotRoutine>>

/** Asserts that two arrays are equal. Vitest takes seconds to compare a hundred thousand numbers. */
function expectSame(found: TypedArray, expected: TypedArray): void {
  const at = expected.findIndex((value, i) => !Object.is(value, found[i]))
  expect([found.length, at, found[at]]).toEqual([expected.length, -1, undefined])
}

/** Asserts that the product is done in tiles or in blocks and equals the reference. Returns the source. */
export async function expectProduct(
  backend: Backend,
  products: 'tiles' | 'blocks',
  layout: keyof typeof layouts,
): Promise<string> {
  const { result, source } = await product(backend, layouts[layout])
  const inGroup = layout === 'spikes' ? /var<workgroup> bits/ : /var<workgroup> (tile|halves)/
  if (products === 'tiles') expect(source).toMatch(inGroup)
  else expect(source).not.toContain('var<workgroup>')
  expectSame(result, (await product(referenceBackend(), layouts[layout])).result)
  return source
}

/** Asserts that the product of [m, k] and [k, n], both dense and with spikes, equals the reference. */
export async function expectShape(backend: Backend, size: Size): Promise<void> {
  for (const binary of [false, true]) {
    const { result } = await product(backend, { binary }, size)
    expectSame(result, (await product(referenceBackend(), { binary }, size)).result)
  }
}

/** The rows, columns and terms of a product. */
export type Size = Pick<DotRoutine, 'm' | 'n' | 'k'>

/**
 * C = A B with A [2, 70, 40] and B [2, 40, 65], or another size, with the given strides, from the same data on a
 * backend.
 */
async function product(backend: Backend, over: Partial<DotRoutine>, { m, n, k }: Size = { m: 70, n: 65, k: 40 }) {
  const batch = 2
  const routine: DotRoutine = {
    kind: 'dot',
    dtype: 'f32',
    batch,
    m,
    n,
    k,
    a: { batch: m * k, m: k, k: 1 },
    b: { batch: k * n, k: n, n: 1 },
    binary: false,
    ...over,
  }
  const sizes = [batch * m * k, batch * k * n, batch * m * n] as const
  const plan: Plan = {
    slots: sizes.map((size, i) => ({ kind: i < 2 ? 'input' : 'output', index: i % 2, dtype: 'f32', size })),
    inputs: 2,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [
      {
        kind: 'routine',
        routine,
        ins: [0, 1].map((slot) => ({ slot, offset: 0, advance: [] })),
        outs: [{ slot: 2, offset: 0, advance: [] }],
      },
    ],
  }
  const buffers = sizes.map((size) => backend.allocate(4 * size))
  // Small integers: every sum is exact. Spikes are zeros and ones.
  const left = (j: number): number => (routine.binary ? Number((j * 5) % 7 < 3) : ((j * 5) % 7) - 3)
  for (const [i, size] of sizes.slice(0, 2).entries())
    backend.write(
      buffers[i]!,
      Float32Array.from({ length: size }, (_, j) => (i === 0 ? left(j) : ((j * 6) % 7) - 3)),
    )
  const executable = backend.compile(plan)
  executable.run(buffers.slice(0, 2), buffers.slice(2))
  const result: TypedArray = await backend.read(buffers[2]!, 'f32', sizes[2])
  return { result, source: executable.source }
}
