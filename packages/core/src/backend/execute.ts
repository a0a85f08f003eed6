import type { Aval } from '../tensor/aval.js'
import type { Backend, Executable } from './backend.js'
import { DeviceTensor, reserve, upload } from '../tensor/deviceTensor.js'
import { hostArray } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import { referenceBackend } from '../reference/referenceBackend.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'

let host: Backend | undefined

/** The reference backend that holds tensors made without a backend; created on first use. */
export function hostBackend(): Backend {
  host ??= referenceBackend()
  return host
}

/** The backend of the operands: the one that is not the host, if any; `chosen` if no operand has one. */
export function commonBackend(operands: readonly Tensor[], chosen?: Backend): Backend {
  let backend = chosen
  for (const t of operands) {
    if (!(t instanceof DeviceTensor) || t.backend === hostBackend()) continue
    if (backend !== undefined && backend !== t.backend) {
      throw new SpikewardError(
        'BACKEND_MISMATCH',
        `operands live on '${backend.name}' and on '${t.backend.name}'; a computation runs on one backend; move one: await toBackend(tree, backend)`,
      )
    }
    backend = t.backend
  }
  return backend ?? hostBackend()
}

/** The tensor with memory on `backend`. Throws ESCAPED_VALUE for a value of a trace that has ended. */
export function concrete(t: Tensor, backend: Backend): DeviceTensor {
  if (t instanceof DeviceTensor) return t.on(backend)
  if (t instanceof LiteralTensor) return upload(t.aval, backend, hostArray(t.dtype, 1).fill(t.value))
  throw new SpikewardError(
    'ESCAPED_VALUE',
    `a value of shape [${t.shape.join(', ')}] from inside jit, scan, vmap or jvp is used after that call ended; ` +
      'a variable outside the function kept it; return it from the function instead',
  )
}

/** The tensors for the results of a run: outputs take the memory of their donated inputs, the others new memory. */
export function reserveResults(
  backend: Backend,
  ins: readonly DeviceTensor[],
  outs: readonly Aval[],
  donations: readonly (number | null)[],
): DeviceTensor[] {
  return outs.map((a, j) => {
    const from = donations[j] ?? null
    return from === null ? reserve(a, backend) : new DeviceTensor(a, ins[from]!.release('donated to a jit function'))
  })
}

/** Runs an executable. */
export function execute(
  backend: Backend,
  executable: Executable,
  ins: readonly DeviceTensor[],
  outs: readonly Aval[],
): DeviceTensor[] {
  const buffers = ins.map((t) => t.buffer)
  const results = reserveResults(backend, ins, outs, [])
  executable.run(
    buffers,
    results.map((t) => t.buffer),
  )
  return results
}
