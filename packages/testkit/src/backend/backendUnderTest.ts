import {
  type Backend,
  type DType,
  type Kernel,
  type KernelNode,
  type Plan,
  referenceBackend,
  type TypedArray,
} from '@spikeward/core/backend'
import { compareArrays, type FloatBehaviour } from './compareArrays.js'
import { extent, kernelPlan, outputSlots, runPlan } from './plans.js'
import type { RunReference } from './rememberedReference.js'
import { moderateData } from './testData.js'
import { EXACT, type Tolerance } from './tolerances.js'

/** The backend under test, its reference, and the options of its checks. */
export interface BackendUnderTest {
  readonly name: string
  readonly backend: Backend
  readonly reference: Backend
  /** The outputs of a plan on the reference. */
  readonly expected: RunReference
  readonly make: () => Promise<Backend>
  readonly floats: FloatBehaviour
  /** True if the backend may fuse a product and a sum into one rounding. */
  readonly contraction: boolean
  /** Number of generated kernels, plans and programs each. */
  readonly runs: number
  /** Key of the generators: equal keys give equal cases. */
  readonly key: number
}

/** Makes a new backend and a new reference, to be compared by `backendChecks`. */
export async function backendUnderTest(
  name: string,
  make: () => Promise<Backend>,
  options: BackendOptions = {},
): Promise<BackendUnderTest> {
  const { runs = 30, key = 1, contraction = false, signedZero = true, denormals = true, nonFinite = true } = options
  const reference = referenceBackend()
  return {
    name,
    make,
    backend: await make(),
    reference,
    expected: options.reference ?? ((plan, ins) => runPlan(reference, plan, ins)),
    floats: { signedZero, denormals, nonFinite },
    contraction,
    runs,
    key,
  }
}

/** Options of `describeBackend`. */
export interface BackendOptions extends Partial<FloatBehaviour> {
  /** Number of generated kernels, plans and programs each; default 30. */
  readonly runs?: number
  /** Key of the generators; default 1, so that CI sees the same cases every time. */
  readonly key?: number
  /** True if a product and a sum may be fused into one rounding; default false. */
  readonly contraction?: boolean
  /**
   * Runs plans on the reference: several backends in one process share a {@link rememberedReference}. Default: the
   * reference without a cache.
   */
  readonly reference?: RunReference
}

/** The reason to skip if the backend lacks one of the dtypes, else null. */
export function lacks(tested: BackendUnderTest, ...dtypes: readonly DType[]): string | null {
  const missing = dtypes.filter((d) => !tested.backend.capabilities.dtypes.includes(d))
  return missing.length > 0 ? `${tested.name} has no ${missing.join(', ')}` : null
}

/** Runs a plan on both backends and compares every output. */
export async function agree(
  tested: BackendUnderTest,
  plan: Plan,
  ins: readonly TypedArray[],
  allowed: Tolerance | readonly ArrayLike<number>[] = EXACT,
): Promise<void> {
  const expected = await tested.expected(plan, ins)
  const actual = await runPlan(tested.backend, plan, ins)
  for (const [j, slot] of outputSlots(plan).entries()) {
    compareArrays(`output ${j}`, actual[j]!, expected[j]!, slot.dtype, 'ulp' in allowed ? allowed : allowed[j]!)
  }
}

/** The group of the checks of single kernels. */
export const KERNELS = 'kernels'

/** A node that loads an operand. */
export const load = (operand: number, dtype: DType = 'f32'): KernelNode => ({ op: 'load', dtype, operand })

/** Runs a kernel on moderate data and requires an exact result. */
export async function exactly(tested: BackendUnderTest, k: Kernel): Promise<void> {
  await agree(
    tested,
    kernelPlan(k),
    k.loads.map((a, i) => moderateData(a.dtype, extent(a, k.space), 11 + i)),
  )
}
