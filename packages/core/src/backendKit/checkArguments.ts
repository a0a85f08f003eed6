import type { DeviceBuffer } from '../backend/backend.js'
import { SpikewardError } from '../errors.js'
import type { Plan } from '../plan/plan.js'

/**
 * Checks the buffers of a run against its plan: their number, that each donated input is passed as its output too, and
 * that no other buffer is passed twice.
 *
 * @throws INVALID_ARGUMENTS, BUFFER_ALIASED
 */
export function checkArguments(plan: Plan, ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void {
  if (ins.length !== plan.inputs || outs.length !== plan.outputs) {
    throw new SpikewardError(
      'INVALID_ARGUMENTS',
      `run: ${ins.length} inputs and ${outs.length} outputs were given; the plan has ${plan.inputs} and ${plan.outputs}`,
    )
  }
  for (const [j, out] of outs.entries()) {
    const donor = plan.donations[j] ?? null
    if (donor !== null && ins[donor] !== out) {
      throw new SpikewardError(
        'INVALID_ARGUMENTS',
        `run: output ${j} takes the memory of input ${donor}; pass the same buffer as both`,
      )
    }
    if (ins.some((buffer, i) => buffer === out && i !== donor) || outs.indexOf(out) !== j) {
      throw new SpikewardError(
        'BUFFER_ALIASED',
        `run: the buffer of output ${j} is also passed as another argument; only a donated input may share it`,
      )
    }
  }
}
