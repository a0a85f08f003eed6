/** A network as a model of ONNX. */
import { type Exportable, factsOf, inputsOf } from '../exportable.js'
import { writeOpen } from '../program/openProgram.js'
import { modelBytes } from './graph.js'
import { onnxOf } from './onnxOf.js'

/**
 * The bytes of a model of operator set 18. Its inputs are `points` [n, inputs], of an operator also `input` [m,
 * sensors]; its result is `output` [n, outputs] or [m, n, outputs]. The metadata `network` holds the names and the
 * domain as JSON.
 *
 * @throws EXPORT_PRIMITIVE, EXPORT_ROWS
 */
export async function onnxFile(exported: Exportable): Promise<Uint8Array> {
  const { outputs, sensors, places } = exported
  const shape = [...(sensors === null ? [] : ['m']), places === null ? 'n' : places.length, outputs.length]
  const { written, constants } = writeOpen(exported.apply, inputsOf(exported), (open) => onnxOf(open, shape))
  const weights = await Promise.all(
    constants.map(async (t, i) => ({
      name: `c${i}`,
      type: t.dtype,
      shape: t.shape,
      values: Array.from(await t.data()),
    })),
  )
  return modelBytes(
    { ...written, initializers: [...weights, ...written.initializers] },
    { network: JSON.stringify(factsOf(exported)) },
  )
}
