import { jit, relativeL2, tensor, treeLeaves } from '@spikeward/core'
import type { PointSet, RegressionProblem, Tensor, Tree } from '@spikeward/core'
import { applyReadout, ridgeSystem } from './ridgeReadout.js'
import type { FeatureNetwork } from '../shared/networkOptions.js'

/** Result of {@link untrainedRidge}. */
export type RidgeBaseline = {
  /** Relative L2 error on the test points. */
  readonly relativeL2: number
  /** Relative L2 error on the validation points, which chose λ. */
  readonly validation: number
  readonly lambda: number
}

/** Points per evaluation of the features. */
const BATCH = 1024

const lambdas = Array.from({ length: 23 }, (_, i) => 10 ** (-12 + i / 2))

/**
 * The error of a network with untrained hidden layers: a ridge readout of its features, solved in double precision on
 * the training points, with λ chosen on the validation points and the error measured on the test points.
 *
 * Report this baseline with every result. If a trained network does not beat it, training has learned nothing.
 *
 * @param variables the result of `init`
 * @example const { relativeL2 } = await untrainedRidge(network, network.init(key(0)), mexicanHat())
 */
export async function untrainedRidge<V extends Tree>(
  network: FeatureNetwork<V>,
  variables: V,
  problem: RegressionProblem,
): Promise<RidgeBaseline> {
  const compute = jit((v: V, x: Tensor) => network.features(v, x))
  const dtype = treeLeaves(variables)[0]!.dtype
  const featuresAt = async ({ x, count }: PointSet): Promise<Float64Array> => {
    const inputs = x.length / count
    let features = new Float64Array(0)
    for (let from = 0; from < count; from += BATCH) {
      const to = Math.min(from + BATCH, count)
      const points = tensor(x.slice(from * inputs, to * inputs), { dtype, shape: [to - from, inputs] })
      const out = compute(variables, points)
      const width = out.shape[1]!
      if (from === 0) features = new Float64Array(count * width)
      features.set(await out.data(), from * width)
      out.dispose()
      points.dispose()
    }
    return features
  }
  try {
    const [train, validation, test] = [problem.points('train'), problem.points('validation'), problem.points('test')]
    const system = ridgeSystem(await featuresAt(train), train.y, train.count)
    const features = await featuresAt(validation)
    const best = lambdas
      .map((lambda) => ({ lambda, readout: attempt(() => system.solve(lambda)) }))
      .flatMap(({ lambda, readout }) =>
        readout === null
          ? []
          : [{ lambda, readout, validation: relativeL2(applyReadout(features, readout), validation.y) }],
      )
      .reduce((a, b) => (b.validation < a.validation ? b : a))
    const error = relativeL2(applyReadout(await featuresAt(test), best.readout), test.y)
    return { relativeL2: error, validation: best.validation, lambda: best.lambda }
  } finally {
    compute.dispose()
  }
}

/** Null if `f` throws: dependent features make the smallest λ fail. */
function attempt<R>(f: () => R): R | null {
  try {
    return f()
  } catch {
    return null
  }
}
