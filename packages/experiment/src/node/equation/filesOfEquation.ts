import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { InputFile } from '../../config/trainConfig.js'
import { checkedEquation } from './readEquation.js'
import type { ShapeRecord } from '../../equation/equationSchema.js'

export async function filesOfEquation(given: string): Promise<readonly InputFile[]> {
  const own = { name: join(given), path: resolve(given) }
  let named: readonly string[] = []
  try {
    const { shape, conditions = [] } = await checkedEquation(own.path)
    named = [
      ...(shape === undefined ? [] : filesOfShape(shape)),
      ...conditions.flatMap(({ measured, interface: met }) => [
        ...(measured !== undefined && 'file' in measured ? [measured.file] : []),
        ...(met === undefined ? [] : filesOfShape(met.at as ShapeRecord)),
      ]),
    ]
  } catch {
    // A file that is no equation names no others; `readEquation` says what is wrong with it.
  }
  const home = dirname(given)
  const others = named.map((file) => ({ name: isAbsolute(file) ? file : join(home, file), path: resolve(home, file) }))
  return [own, ...others]
}

function filesOfShape({ polygon, mesh, cloud, union, difference, intersection }: ShapeRecord): readonly string[] {
  const withoutArray = (file: string): string => file.replace(/#[^#]*$/, '')
  return [
    ...(typeof polygon === 'string' ? [withoutArray(polygon)] : []),
    ...(mesh === undefined ? [] : [mesh]),
    ...[cloud?.points, cloud?.boundary, cloud?.normals].flatMap((file) =>
      file === undefined ? [] : [withoutArray(file)],
    ),
    ...[...(union ?? []), ...(difference ?? []), ...(intersection ?? [])].flatMap(filesOfShape),
  ]
}
