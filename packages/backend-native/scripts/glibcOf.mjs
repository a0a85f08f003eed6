/**
 * The newest version of glibc that an addon for Linux requires: with an older one, the dynamic linker refuses it.
 *
 * @param {Buffer} bytes of the file
 * @returns {string} such as `2.27`; empty if it requires none
 */
export function glibcOf(bytes) {
  const versions = [...bytes.toString('latin1').matchAll(/\0GLIBC_(\d+(?:\.\d+)+)(?=\0)/g)].map(
    ([, version = '']) => version,
  )
  return versions.reduce((newest, version) => (isNewer(version, newest) ? version : newest), '')
}

/**
 * @param {string} version
 * @param {string} than
 * @returns {boolean} whether one version of glibc is newer than the other, number by number
 */
export function isNewer(version, than) {
  return version.localeCompare(than, 'en', { numeric: true }) > 0
}
