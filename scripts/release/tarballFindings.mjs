/** The findings of publint and attw in a tarball. */
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Every package is an ES module, which these ways to find a module do not support. */
const unsupported = ['node10', 'node16-cjs']

/**
 * @param {string} name of the tarball
 * @param {Buffer} bytes
 * @returns {Promise<string[]>} what is wrong with it, a line each
 */
export async function tarballFindings(name, bytes) {
  const tarball = Uint8Array.from(bytes)
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, level: 'warning', strict: true })
  const lines = messages.map((message) => `${name}: publint: ${formatMessage(message, pkg, { color: false })}`)
  // attw judges what a program may import: a package that only brings a command has nothing of that.
  if (pkg['exports'] === undefined) return lines
  const analysis = await checkPackage(createPackageFromTarballData(tarball))
  if (!analysis.types) return [...lines, `${name}: attw: it has no types`]
  const wrong = analysis.problems.filter((p) => !('resolutionKind' in p && unsupported.includes(p.resolutionKind)))
  return [...lines, ...wrong.map((p) => `${name}: attw: ${JSON.stringify(p)}`)]
}
