import type { DType, Kernel, KernelNode } from '@spikeward/core/backend'
import { extent, kernelPlan } from '../plans.js'
import { agree, type BackendUnderTest } from '../backendUnderTest.js'
import { moderateData } from '../testData.js'

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
