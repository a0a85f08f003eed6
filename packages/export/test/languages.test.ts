/** Each primitive means the same in every language, for any number of rows. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  abs,
  add,
  attention,
  cast,
  cholesky,
  clip,
  concatenate,
  conv,
  cos,
  div,
  dotGeneral,
  equal,
  erf,
  exp,
  expandDims,
  flip,
  floor,
  greater,
  iota,
  log,
  logicalAnd,
  logicalNot,
  logicalXor,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  neg,
  notEqual,
  pad,
  pow,
  rem,
  reshape,
  scan,
  sign,
  sin,
  slice,
  softmax,
  sqrt,
  sub,
  sum,
  take,
  tanh,
  tensor,
  transpose,
  where,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { type Exportable, moduleFile, numpyFile, onnxFile } from '@spikeward/export'
import { InferenceSession, Tensor as OnnxTensor, env } from 'onnxruntime-web'
import { afterAll, describe, expect, test } from 'vitest'

env.wasm.numThreads = 1
const folder = mkdtempSync(join(tmpdir(), 'spikeward-languages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ramp = (...shape: readonly number[]): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    { shape: [...shape] },
  )
}
const column = (x: Tensor, a: number): Tensor => slice(x, [0, a], [x.shape[0]!, a + 1])
const rows = (x: Tensor): number => x.shape[0]!

/** Functions of rows of six numbers. */
const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  transcendental: (x) => concatenate([exp(x), sin(x), cos(x), tanh(x), erf(x), log(add(abs(x), 1)), sqrt(abs(x))], 1),
  rounding: (x) => concatenate([floor(mul(x, 5)), sign(x), neg(x), rem(mul(x, 7), 2), div(x, 3)], 1),
  power: (x) => pow(add(abs(x), 0.5), 1.5),
  extremes: (x) => clip(maximum(minimumOf(x), mul(x, 0.5)), -0.3, 0.4),
  logic: (x) => {
    const [a, b] = [greater(x, 0), greater(mul(x, 3), 1)]
    const some = logicalXor(logicalAnd(a, logicalNot(b)), notEqual(floor(x), -1))
    return where(some, x, where(equal(floor(x), 0), 2, sub(1, x)))
  },
  integers: (x) => cast(mul(add(cast(mul(x, 10), 'i32'), 3), -2), 'f32'),
  index: (x) => mul(x, iota([rows(x), 6], 1, 'f32')),
  views: (x) => concatenate([flip(x, 1), slice(x, [0, 0], [rows(x), 6], [1, 2]), column(x, 3)], 1),
  padding: (x) =>
    pad(
      x,
      [
        [0, 0],
        [2, 1],
      ],
      0.5,
    ),
  transposed: (x) => reshape(transpose(reshape(x, [rows(x), 2, 3]), [0, 2, 1]), [rows(x), 6]),
  reductions: (x) =>
    concatenate(
      [
        sum(x, 1, { keepDims: true }),
        max(x, 1, { keepDims: true }),
        min(x, 1, { keepDims: true }),
        mean(reshape(x, [rows(x), 2, 3]), 2),
      ],
      1,
    ),
  product: (x) => matmul(tanh(matmul(x, ramp(6, 5))), ramp(5, 3)),
  batched: (x) => {
    const m = reshape(x, [rows(x), 2, 3])
    return reshape(dotGeneral(m, m, { contract: [[2], [2]], batch: [[0], [0]] }), [rows(x), 4])
  },
  attention: (x) => {
    const m = reshape(x, [rows(x), 3, 2])
    return reshape(attention(m, m, m), [rows(x), 6])
  },
  softmax: (x) => softmax(x),
  convolution: (x) => reshape(conv(expandDims(x, 2), ramp(3, 1, 2), { padding: 'same' }), [rows(x), 12]),
  gathered: (x) => transpose(take(transpose(x), tensor([4, 0, 9, 1], { dtype: 'i32' }))),
  'a loop over a sequence': (x) => {
    const [last, all] = scan(
      (s: Tensor, v: Tensor) => {
        const next = add(mul(s, 0.5), v)
        return [next, mul(next, next)]
      },
      column(x, 0),
      reshape(transpose(x), [6, rows(x), 1]),
      { reverse: true },
    )
    return concatenate([last, transpose(reshape(all, [6, rows(x)]))], 1)
  },
  'a loop that exchanges its states': (x) => {
    const [[a, b]] = scan(
      ([p, q]: readonly [Tensor, Tensor], _: null): readonly [[Tensor, Tensor], Tensor] => [[q, add(p, tanh(x))], p],
      [x, neg(x)] as [Tensor, Tensor],
      null,
      { length: 5 },
    )
    return sub(a, mul(b, 2))
  },
}
function minimumOf(x: Tensor): Tensor {
  return neg(maximum(neg(x), -0.2))
}

const points = Array.from({ length: 7 }, (_, r) =>
  Array.from({ length: 6 }, (_c, a) => Math.fround(Math.sin(3 * r + a * a))),
)
const names = ['a', 'b', 'c', 'd', 'e', 'g']
const exported = (apply: (x: Tensor) => Tensor, outputs: number): Exportable => ({
  title: 'a "test" of \\ languages </script>',
  inputs: names,
  outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
  domain: names.map(() => [-1, 1] as const),
  sensors: null,
  places: null,
  apply,
})
const isClose = (found: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(found).toHaveLength(expected.length)
  for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, 5)
}
const python = ['/usr/bin/python3', 'python3'].find((name) => {
  try {
    execFileSync(name, ['-c', 'import numpy'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

describe.each(Object.entries(functions))('%s', (name, apply) => {
  const values = async () => {
    const y = apply(tensor(points))
    return { expected: Array.from(await y.data(), Number), network: exported(apply, y.shape[1]!) }
  }

  test('in JavaScript', async () => {
    const { expected, network } = await values()
    const file = join(folder, `${name.replaceAll(' ', '-')}.mjs`)
    writeFileSync(file, await moduleFile(network))
    const { predict } = (await import(file)) as { predict(rows: number[][]): number[][] }
    isClose(predict(points).flat(), expected)
  })

  test('in ONNX', async () => {
    const { expected, network } = await values()
    const session = await InferenceSession.create(await onnxFile(network))
    const { output } = await session.run({ points: new OnnxTensor('float32', points.flat(), [7, 6]) })
    isClose(output!.data as Float32Array, expected)
    await session.release()
  })
})

test('in Python', async (context) => {
  if (python === undefined) return context.skip('NumPy is not installed; apt-get install python3-numpy')
  const all: Record<string, { expected: number[] }> = {}
  const script = ['import json, sys', `rows = ${JSON.stringify(points)}`, 'found = {}']
  for (const [i, [name, apply]] of Object.entries(functions).entries()) {
    const y = apply(tensor(points))
    all[name] = { expected: Array.from(await y.data(), Number) }
    const { source, tensors } = numpyFile(exported(apply, y.shape[1]!))
    const weights = Object.fromEntries(
      await Promise.all(
        [...tensors].map(
          async ([key, t]) => [key, { shape: t.shape, dtype: t.dtype, data: Array.from(await t.data()) }] as const,
        ),
      ),
    )
    // The weights are given here, in place of the file that they are read from.
    const given = source.replace(
      /^_weights = .*$/m,
      `_weights = [np.array(w["data"], {"f32": np.float32, "i32": np.int32}[w["dtype"]]).reshape(w["shape"]) for w in json.loads('${JSON.stringify(weights)}').values()]`,
    )
    writeFileSync(join(folder, `m${i}.py`), given)
    script.push(`import m${i}; found[${JSON.stringify(name)}] = m${i}.predict(rows).ravel().tolist()`)
  }
  writeFileSync(join(folder, 'all.py'), [...script, 'print(json.dumps(found))'].join('\n'))
  const found = JSON.parse(execFileSync(python, [join(folder, 'all.py')], { encoding: 'utf8' })) as Record<
    string,
    number[]
  >
  for (const [name, { expected }] of Object.entries(all)) isClose(found[name]!, expected)
})

test('what a file cannot hold is refused by name', async () => {
  const spd = (x: Tensor): Tensor => {
    const m = reshape(x, [rows(x), 2, 3])
    const gram = dotGeneral(m, m, { contract: [[2], [2]], batch: [[0], [0]] })
    return reshape(cholesky(gram), [rows(x), 4])
  }
  const refused = { code: 'EXPORT_PRIMITIVE', message: expect.stringMatching(/cholesky/) as unknown }
  await expect(moduleFile(exported(spd, 4))).rejects.toMatchObject(refused)
  await expect(onnxFile(exported(spd, 4))).rejects.toMatchObject(refused)
  expect(() => numpyFile(exported(spd, 4))).toThrow(/cholesky/)
  const centred = (x: Tensor): Tensor => sub(x, mean(x, 0))
  await expect(moduleFile(exported(centred, 6))).rejects.toMatchObject({ code: 'EXPORT_ROWS' })
})
