import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { find } from '../debian.mjs'

/** Devices of a GPU on Linux: where there is one, the tests run on it. */
const gpus = ['/dev/dri', '/dev/nvidia0', '/dev/dxg']

/**
 * The environment in which Vulkan finds SwiftShader alone, the software renderer that Chromium brings. It compiles a
 * shader in about a third of the time of Mesa's renderer, and tests spend most of their time on that.
 *
 * @returns nothing where a driver is named already, or there is a GPU or no SwiftShader
 */
export function swiftShader(): { readonly VK_DRIVER_FILES?: string } {
  const isNamed = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'].some((name) => process.env[name] !== undefined)
  if (isNamed || gpus.some(existsSync)) return {}
  // Debian's program in /usr/bin is a script that starts the one in /usr/lib.
  const programs = [process.env['CHROMIUM'] ?? find('chromium') ?? '', '/usr/lib/chromium/chromium'].filter(existsSync)
  const file = programs
    .map((program) => join(dirname(realpathSync(program)), 'vk_swiftshader_icd.json'))
    .find(existsSync)
  return file === undefined ? {} : { VK_DRIVER_FILES: file }
}
