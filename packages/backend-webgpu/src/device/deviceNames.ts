import { isSoftware } from './adapter.js'
import type { Traits } from './traits.js'

/** The device's features that generated code uses, for human readers. */
export function featuresOf(device: GPUDevice, { subgroups, operands }: Traits): string[] {
  const lanes = subgroups === null ? '' : [...new Set([subgroups.minSize, subgroups.maxSize])].join(' to ')
  return [
    ...(isSoftware(device) ? ['software-renderer'] : []),
    ...(subgroups === null ? [] : [`subgroups of ${lanes}`]),
    ...(device.features.has('shader-f16') ? [operands === 'f16' ? 'f16 in use' : 'f16 on request'] : []),
  ]
}

/** The names of the device's adapter. */
export function namesOf(device: GPUDevice): string[] {
  const { vendor = '', architecture = '', description = '' } = device.adapterInfo ?? {}
  return [[vendor, architecture].filter((s) => s !== '').join(' '), description].filter((s) => s !== '')
}
