import fc from 'fast-check'
import { jit, jvp, tensor, toBackend, treeLeaves, vmap, type Backend, type FloatDType, type Tensor, type Tree, type TypedArray } from '@spikeward/core'
import { ensure, type Check } from '../check.js'
import { compareArrays } from './compare.js'
import { arbitraryProgram, type GeneratedProgram } from './generateProgram.js'
import { moderateData } from './numbers.js'
import { lacks, type BackendSubject } from './subject.js'

/** Largest error allowed, of the largest value (at least 1): a dozen steps of rounding, once more for derivatives. */
const RELATIVE = { f32: 2e-4, f64: 1e-10 } as const

type Mode = 'values' | 'jvp' | 'vmap'

/** Random whole Programs: under `jit` on the backend against one operation at a time on the reference. */
export function programChecks(): Check<BackendSubject>[] {
  const modes: readonly (readonly [Mode, string])[] = [['values', 'as they are'], ['jvp', 'their jvp'], ['vmap', 'a batch of them']]
  return (['f32', 'f64'] as const).flatMap((dtype) => modes.map(([mode, title]): Check<BackendSubject> => ({
    group: 'generated programs',
    name: `${dtype}, ${title}`,
    skip: (s) => lacks(s, dtype, 'i32', 'u32', 'bool'),
    run: (subject) => fc.assert(fc.asyncProperty(arbitraryProgram(), (program) => agrees(subject, program, dtype, mode)), { numRuns: subject.runs, seed: subject.seed }),
  })))
}

async function agrees(subject: BackendSubject, program: GeneratedProgram, dtype: FloatDType, mode: Mode): Promise<void> {
  const run = (...xs: Tensor[]): Tensor[] => program.run(dtype, xs)
  const f = mode === 'values' ? run : mode === 'vmap' ? vmap(run, [0, null, null]) : tangents(run, program)
  const ins = (backend: Backend): Promise<Tensor[]> => toBackend(argumentsOf(program, dtype, mode), backend)
  const expected = await values(f(...(await ins(subject.reference))))
  const compiled = jit(f)
  const args = await ins(subject.backend)
  const results = compiled(...args)
  const actual = await values(results)
  const again = compiled(...args)
  ensure(compiled.stats().compilations === 1, `the second call compiled again: ${compiled.stats().compilations} compilations`)
  for (const t of treeLeaves([...args, ...results, ...again])) t.dispose()
  compiled.dispose()
  for (const [j, e] of expected.entries()) {
    const scale = e.reduce((m: number, v: number) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 1)
    compareArrays(`output ${j}`, actual[j]!, e, dtype, { ulp: 0, absolute: RELATIVE[dtype] * scale })
  }
}

/** Directional derivatives along fixed directions. */
const tangents = (run: (...xs: Tensor[]) => Tensor[], program: GeneratedProgram) => (...xs: Tensor[]): Tensor[] => {
  const directions = xs.map((x, i) => tensor(moderateData(x.dtype, x.size, program.seed + 40 + i), { shape: x.shape, dtype: x.dtype }))
  return jvp(run, xs, directions).flat()
}

function argumentsOf(program: GeneratedProgram, dtype: FloatDType, mode: Mode): Tensor[] {
  return program.shapes.map((shape, i) => {
    const whole = mode === 'vmap' && i === 0 ? [3, ...shape] : shape
    return tensor(moderateData(dtype, whole.reduce((a, b) => a * b, 1), program.seed + i), { shape: whole, dtype })
  })
}

const values = (tree: Tree): Promise<TypedArray[]> => Promise.all(treeLeaves(tree).map((t) => t.data()))
